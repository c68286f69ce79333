import { useEffect, type ReactNode } from 'react';

interface PageProps {
  /** For the browser's tab, and the heading where `heading` is not given. */
  readonly title: string;
  readonly heading?: ReactNode;
  readonly subtitle?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page's heading, its actions and its content. */
export function Page({ title, heading, subtitle, actions, children }: PageProps): ReactNode {
  useEffect(() => {
    document.title = `${title} · mysql-replicator`;
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div className="page-title">
          {heading ?? <h1 className="break">{title}</h1>}
          {subtitle !== undefined && <div className="quiet break">{subtitle}</div>}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
