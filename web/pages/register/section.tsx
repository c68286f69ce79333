import { useId, type ReactNode } from 'react';

interface SectionProps {
  readonly number: number;
  readonly title: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A numbered step. */
export function Section({ number, title, className = '', children }: SectionProps): ReactNode {
  const id = useId();
  return (
    <section className={`panel register-section ${className}`} aria-labelledby={id}>
      <span className="register-number" aria-hidden="true">
        {number}
      </span>
      <div className="stack">
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </section>
  );
}
