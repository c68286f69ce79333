import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { ConfigProvider } from 'antd';
import enUS from 'antd/es/locale/en_US';
import zhCN from 'antd/es/locale/zh_CN';
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import { BrowserRouter, Navigate, Route, Routes } from 'react-router';
import { isPassing } from './api/problem.js';
import { signedOut } from './api/request.js';
import { askSession, session } from './api/session.js';
import { language } from './messages/language.js';
import { Notices } from './parts/notices.js';
import { PageShapes } from './parts/shapes.js';
import { Shell } from './shell/shell.js';
import { Unreachable } from './shell/unreachable.js';
import { useWhole } from './state/store.js';
import { antdTheme } from './theme/antd-theme.js';
import { useAppearance } from './theme/appearance.js';

const SignInPage = lazy(async () => ({ default: (await import('./pages/sign-in/sign-in-page.js')).SignInPage }));
const OverviewPage = lazy(async () => ({ default: (await import('./pages/overview/overview-page.js')).OverviewPage }));
const TasksPage = lazy(async () => ({ default: (await import('./pages/tasks/tasks-page.js')).TasksPage }));
const TaskPage = lazy(async () => ({ default: (await import('./pages/task/task-page.js')).TaskPage }));
const RegisterPage = lazy(async () => ({ default: (await import('./pages/register/register-page.js')).RegisterPage }));
const ClusterPage = lazy(async () => ({ default: (await import('./pages/cluster/cluster-page.js')).ClusterPage }));
const AlertsPage = lazy(async () => ({ default: (await import('./pages/alerts/alerts-page.js')).AlertsPage }));
const AuditPage = lazy(async () => ({ default: (await import('./pages/audit-page.js')).AuditPage }));
const AccessPage = lazy(async () => ({ default: (await import('./pages/access/access-page.js')).AccessPage }));
const AboutPage = lazy(async () => ({ default: (await import('./pages/about-page.js')).AboutPage }));
const NotFoundPage = lazy(async () => ({ default: (await import('./pages/not-found-page.js')).NotFoundPage }));

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // What passes by itself is tried again, what a person has to mend is shown at once.
      retry: (count, error) => isPassing(error) && count < 2,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

/** The console: who is signed in decides what is shown; the address decides the page. */
export function App(): ReactNode {
  const { shown } = useAppearance();
  const chosen = useWhole(language);
  useEffect(() => {
    void askSession();
    return signedOut.subscribe(() => {
      queries.clear();
      session.set((state) => (state.kind === 'signed-in' ? { kind: 'ended' } : state));
    });
  }, []);
  return (
    <ConfigProvider theme={antdTheme(shown)} locale={chosen === 'zh' ? zhCN : enUS} button={{ autoInsertSpace: false }}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <BySession />
        </BrowserRouter>
        <Notices />
      </QueryClientProvider>
    </ConfigProvider>
  );
}

function BySession(): ReactNode {
  const state = useWhole(session);
  switch (state.kind) {
    case 'asking':
      return null;
    case 'unreachable':
      return <Unreachable />;
    case 'none':
    case 'ended':
      return (
        <Suspense fallback={null}>
          <SignInPage ended={state.kind === 'ended'} />
        </Suspense>
      );
    case 'signed-in':
      return (
        <Shell who={state.who}>
          <Suspense fallback={<PageShapes />}>
            <Pages />
          </Suspense>
        </Shell>
      );
  }
}

function Pages(): ReactNode {
  return (
    <Routes>
      <Route path="/" element={<OverviewPage />} />
      <Route path="/tasks" element={<TasksPage />} />
      <Route path="/tasks/new" element={<RegisterPage />} />
      <Route path="/tasks/:task/:view?" element={<TaskPage />} />
      <Route path="/cluster" element={<ClusterPage />} />
      <Route path="/alerts" element={<AlertsPage />} />
      <Route path="/audit" element={<AuditPage />} />
      <Route path="/access" element={<AccessPage />} />
      <Route path="/about" element={<AboutPage />} />
      <Route path="/sign-in" element={<Navigate to="/" replace />} />
      <Route path="/setup" element={<Navigate to="/" replace />} />
      <Route path="*" element={<NotFoundPage />} />
    </Routes>
  );
}
