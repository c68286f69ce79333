import BulbOutlined from '@ant-design/icons/es/icons/BulbOutlined';
import GlobalOutlined from '@ant-design/icons/es/icons/GlobalOutlined';
import UserOutlined from '@ant-design/icons/es/icons/UserOutlined';
import { Dropdown } from 'antd';
import { useState, type ReactNode } from 'react';
import type { WhoAnswer } from '../../server/api/schema/access.js';
import { signOut } from '../api/session.js';
import { chooseLanguage, useMessages } from '../messages/language.js';
import { APPEARANCES, chooseAppearance, useAppearance } from '../theme/appearance.js';
import { ChangePassword } from './change-password.js';

/** Language, appearance, and who one is. */
export function Preferences({ who }: { readonly who: WhoAnswer }): ReactNode {
  const { t } = useMessages();
  const [changing, setChanging] = useState(false);
  return (
    <>
      <LanguageSwitch />
      <AppearanceChoice />
      <Dropdown
        trigger={['click']}
        placement="topLeft"
        menu={{
          items: [
            { key: 'password', label: t('account.password') },
            { key: 'out', label: t('account.sign-out') },
          ],
          onClick: ({ key }) => (key === 'out' ? void signOut() : setChanging(true)),
        }}
      >
        <button type="button" className="shell-link as-button">
          <UserOutlined />
          <span className="ellipsis">{who.name}</span>
          <span className="small quiet">{t(`role.${who.role}`)}</span>
        </button>
      </Dropdown>
      {changing && <ChangePassword onClose={() => setChanging(false)} />}
    </>
  );
}

export function LanguageSwitch(): ReactNode {
  const { t, language } = useMessages();
  return (
    <button
      type="button"
      className="shell-link as-button"
      title={t('language.label')}
      onClick={() => chooseLanguage(language === 'en' ? 'zh' : 'en')}
    >
      <GlobalOutlined />
      <span lang={language === 'en' ? 'zh-CN' : 'en'}>{t('language.switch')}</span>
    </button>
  );
}

export function AppearanceChoice(): ReactNode {
  const { t } = useMessages();
  const { chosen } = useAppearance();
  return (
    <Dropdown
      trigger={['click']}
      placement="topLeft"
      menu={{
        selectedKeys: [chosen],
        items: APPEARANCES.map((key) => ({ key, label: t(`appearance.${key}`) })),
        onClick: ({ key }) => chooseAppearance(APPEARANCES.find((name) => name === key) ?? 'system'),
      }}
    >
      <button type="button" className="shell-link as-button" title={t('appearance.label')}>
        <BulbOutlined />
        {t(`appearance.${chosen}`)}
      </button>
    </Dropdown>
  );
}
