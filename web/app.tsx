import { createRoot } from 'react-dom/client';
import { ConfigProvider, Button } from 'antd';
import { BrowserRouter } from 'react-router';
import { QueryClient } from '@tanstack/react-query';
export function App() { return <ConfigProvider><BrowserRouter><Button>hi</Button></BrowserRouter></ConfigProvider>; }
console.log(new QueryClient());
createRoot(document.body).render(<App/>);
