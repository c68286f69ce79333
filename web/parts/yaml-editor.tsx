import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

interface YamlEditorProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly rows?: number;
  readonly readOnly?: boolean;
  /** Lines with a fault, from 1 on. */
  readonly marked?: ReadonlySet<number>;
}

const INDENT = '  ';

/** A text field for YAML: line numbers, the lines with faults marked, the indent kept by Enter. Tab leaves the field. */
export function YamlEditor({
  label,
  value,
  onChange,
  rows = 24,
  readOnly = false,
  marked,
}: YamlEditorProps): ReactNode {
  const id = useId();
  const gutter = useRef<HTMLDivElement>(null);
  const lines = value.split('\n').length;
  const enter = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
    const field = event.currentTarget;
    const before = value.slice(0, field.selectionStart);
    const line = before.slice(before.lastIndexOf('\n') + 1);
    const indent = /^ */.exec(line)![0] + (/:\s*$/.test(line) ? INDENT : '');
    if (indent === '') return;
    event.preventDefault();
    const at = before.length + 1 + indent.length;
    onChange(`${before}\n${indent}${value.slice(field.selectionEnd)}`);
    requestAnimationFrame(() => field.setSelectionRange(at, at));
  };
  return (
    <div className="yaml" style={{ height: `${rows * 20 + 18}px` }}>
      <div className="yaml-gutter" ref={gutter} aria-hidden="true">
        {Array.from({ length: lines }, (_, i) => (
          <span key={i} className={marked?.has(i + 1) === true ? 'marked' : undefined}>
            {i + 1}
          </span>
        ))}
      </div>
      <textarea
        id={id}
        aria-label={label}
        aria-invalid={(marked?.size ?? 0) > 0}
        className="mono"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        wrap="off"
        readOnly={readOnly}
        value={value}
        onChange={({ target }) => onChange(target.value)}
        onKeyDown={enter}
        onScroll={({ currentTarget }) => {
          if (gutter.current) gutter.current.scrollTop = currentTarget.scrollTop;
        }}
      />
    </div>
  );
}
