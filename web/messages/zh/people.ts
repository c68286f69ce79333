import type { Translated } from '../catalogue.js';
import type { peopleEn } from '../en/people.js';

export const peopleZh: Translated<typeof peopleEn> = {
  'sign-in.intro': '登录控制台',
  'sign-in.ended': '会话已结束。请登录后继续。',
  'sign-in.user': '用户名',
  'sign-in.password': '密码',
  'sign-in.submit': '登录',
  'sign-in.oidc': '使用 {name} 登录',
  'sign-in.oidc-refused': '登录被拒绝：{reason}',
  'sign-in.or': '或',
  'setup.intro': '创建第一个用户（管理员）',
  'setup.code': '初始化代码',
  'setup.code.hint': 'Server 第一次启动时打印了它。',
  'setup.again': '再次输入密码',
  'setup.differs': '两次输入的密码不同',
  'setup.submit': '创建并登录',
  'password.present': '当前密码',
  'password.next': '新密码',
  'password.rule': '至少 12 个字符；几个词比符号更容易记住。',
  'password.changed': '密码已修改',
};
