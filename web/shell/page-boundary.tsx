import { Component, type ReactNode } from 'react';
import { Button } from 'antd';
import { useMessages } from '../messages/language.js';
import { errorText } from '../parts/problem-message.js';

interface Props {
  readonly children: ReactNode;
}

/** A page that fails to show itself leaves the rest of the console usable. */
export class PageBoundary extends Component<Props, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Broken error={this.state.error} />;
  }
}

function Broken({ error }: { readonly error: unknown }): ReactNode {
  const { t } = useMessages();
  return (
    <div className="message bad" role="alert">
      <h2>{t('problem.page')}</h2>
      <p>{t('problem.page.detail')}</p>
      <p className="mono">{errorText(error)}</p>
      <div>
        <Button onClick={() => location.reload()}>{t('reload')}</Button>
      </div>
    </div>
  );
}
