import { useId, type ReactNode } from 'react';

interface FieldProps {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong with what was typed. */
  readonly fault?: string | undefined;
  readonly children: (control: {
    readonly id: string;
    readonly 'aria-invalid'?: true;
    readonly 'aria-describedby'?: string;
    readonly status?: 'error';
  }) => ReactNode;
}

/** A labelled control; what is wrong stands below it and is told with it. */
export function Field({ label, hint, fault, children }: FieldProps): ReactNode {
  const id = useId();
  const described = fault !== undefined || hint !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        ...(fault === undefined ? {} : { 'aria-invalid': true, status: 'error' as const }),
        ...(described ? { 'aria-describedby': `${id}-note` } : {}),
      })}
      {described && (
        <div id={`${id}-note`} className={fault === undefined ? 'hint' : 'fault'}>
          {fault ?? hint}
        </div>
      )}
    </div>
  );
}
