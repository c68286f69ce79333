import { useState, type FormEvent } from 'react';

/** A form that is sent once at a time; what was typed stays when it is refused. */
export function useSubmit(act: () => Promise<void>): {
  readonly busy: boolean;
  readonly error: unknown;
  readonly submit: (event: FormEvent) => void;
} {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    act()
      .catch(setError)
      .finally(() => setBusy(false));
  };
  return { busy, error, submit };
}
