import { Button } from 'antd';
import CloseOutlined from '@ant-design/icons/es/icons/CloseOutlined';
import { useEffect, type ReactNode } from 'react';
import { useMessages } from '../messages/language.js';
import { createStore, useWhole } from '../state/store.js';

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly act: () => void };
}

const notices = createStore<readonly Notice[]>([]);
const SHOWN_MS = 8000;
const AT_MOST = 4;
let last = 0;

/** Tells something that needs no answer, for some seconds; with a way back where there is one. */
export function tell(text: string, action?: Notice['action']): void {
  const notice = { id: ++last, text, ...(action === undefined ? {} : { action }) };
  notices.set((present) => [...present.slice(1 - AT_MOST), notice]);
}

function dismiss(id: number): void {
  notices.set((present) => present.filter((notice) => notice.id !== id));
}

export function Notices(): ReactNode {
  const shown = useWhole(notices);
  return (
    <div className="notices" role="status" aria-live="polite">
      {shown.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeCard({ notice }: { readonly notice: Notice }): ReactNode {
  const { t } = useMessages();
  const { id, text, action } = notice;
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id]);
  return (
    <div className="notice">
      <span className="grow break">{text}</span>
      {action !== undefined && (
        <Button
          size="small"
          onClick={() => {
            dismiss(id);
            action.act();
          }}
        >
          {action.label}
        </Button>
      )}
      <button type="button" className="copy" aria-label={t('close')} onClick={() => dismiss(id)}>
        <CloseOutlined />
      </button>
    </div>
  );
}
