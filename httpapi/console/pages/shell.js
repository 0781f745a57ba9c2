import { useData } from '../lib/data.js';
import { stream } from '../lib/events.js';
import { arrive } from '../lib/focus.js';
import { number } from '../lib/format.js';
import { html, useEffect, useLayoutEffect, useRef } from '../lib/html.js';
import { choose, language, languages, t } from '../lib/i18n.js';
import { observable, useObservable } from '../lib/observable.js';
import { go, route } from '../lib/router.js';
import { can, me, signOut } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { setting } from '../lib/storage.js';
import { useTitle } from '../lib/title.js';
import { Icon } from '../ui/icons.js';
import { Avatar } from '../ui/inline.js';
import { Logo } from '../ui/logo.js';
import { Menu } from '../ui/menu.js';
import { Empty } from '../ui/placeholders.js';
import { detail, pages } from './pages.js';
import { PasswordDialog } from './password.js';

const theme = observable(document.documentElement.dataset.theme || '');

function setTheme(name) {
  setting('theme', name);
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  theme.set(name);
}

const allowed = () => pages.filter(page => !page.permission || can(page.permission));

function Link({ page, name, className, count }) {
  return html`<a class=${className} href="#/${page.path}" aria-current=${page.path === name ? 'page' : undefined}>
    <${Icon} name=${page.icon} /><span>${t('nav.' + page.path)}</span>
    ${count > 0 && html`<span class="badge" title=${t('today.waiting', { count })}>${number(count)}</span>`}</a>`;
}

// settings returns the items of the account's menu: language, theme, password, sign out.
function settings(openPassword) {
  return [
    ...Object.entries(languages).map(([code, text]) => ({ text, lang: code, checked: language.get() === code, act: () => choose(code) })),
    null,
    ...['', 'light', 'dark'].map(name => ({ text: t('theme.' + (name || 'auto')), checked: theme.get() === name, act: () => setTheme(name) })),
    null,
    { text: t('password.change'), icon: html`<${Icon} name="key" />`, act: openPassword },
    { text: t('signin.leave'), icon: html`<${Icon} name="leave" />`, act: signOut },
  ];
}

function Side({ name, items }) {
  const user = useObservable(me);
  const title = user.full_name || user.email;
  const waiting = useData(can('crm:read:interactions') && '/interactions/?follow_up_required=true&size=1', ['interaction']); // as many as Today lists
  return html`<aside class="side">
    <a class="brand" href="#/today"><${Logo} />crm</a>
    <nav aria-label=${t('nav.main')}>${allowed().map(page => html`<${Link} key=${page.path} page=${page} name=${name} className="nav-link" count=${page.path === 'today' && waiting.data?.total} />`)}</nav>
    <div class="side-gap"></div>
    <${Menu} className="who" label=${t('nav.account')} before=${t('nav.account')} items=${items} button=${html`<${Avatar} name=${title} /><span><bdi>${title}</bdi></span>`} />
  </aside>`;
}

// BottomBar is the menu on a phone: four pages, and a menu with the rest.
function BottomBar({ name, items }) {
  const all = allowed();
  const rest = all.slice(4).map(page => ({ text: t('nav.' + page.path), icon: html`<${Icon} name=${page.icon} />`, act: () => go('/' + page.path) }));
  return html`<nav class="bottom-bar" aria-label=${t('nav.main')}>
    ${all.slice(0, 4).map(page => html`<${Link} key=${page.path} page=${page} name=${name} className="bottom-tab" />`)}
    <${Menu} className="bottom-tab" label=${t('nav.more')} items=${[...rest, null, ...items]} button=${html`<${Icon} name="menu" /><span>${t('nav.more')}</span>`} />
  </nav>`;
}

function Connection() {
  if (useObservable(stream) !== 'lost') return null;
  return html`<div class="strip" role="status"><${Icon} name="offline" size=${16} />${t('state.lost')}</div>`;
}

// useKeys handles the shortcuts of all pages: / goes to the search field, n opens the form of a new record.
function useKeys() {
  useLayoutEffect(() => {
    const press = event => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
      if (event.target.closest('input, textarea, select')) return;
      if (event.key === '/') {
        event.preventDefault();
        const field = document.querySelector('[data-search]');
        if (field) field.focus();
        else if (can('crm:read:customers')) go('/customers?focus=1');
      }
      if (event.key === 'n') document.querySelector('[data-new]')?.click();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}

// Shell shows the page of the address, with the menu and the account around it.
export function Shell() {
  const { path } = useObservable(route);
  const name = path[0] || 'today';
  const page = allowed().find(one => one.path === name);
  const main = useRef();
  const password = useStep('password');
  const items = settings(() => password.open(true));
  useKeys();
  useTitle(t(page ? 'nav.' + name : 'state.noPage'));
  useEffect(() => {
    main.current.scrollTo(0, 0);
    if (!document.activeElement?.matches('input, textarea')) arrive(main.current);
  }, [path.join('/')]);
  const View = page && (path[1] ? detail[name] : page.view);
  return html`<div class="shell">
    <button class="button skip" onClick=${() => arrive(main.current)}>${t('nav.skip')}</button>
    <${Side} name=${name} items=${items} />
    <main class="main"><${Connection} />
      <div class="scroll" ref=${main} tabindex="-1">${View ? html`<${View} key=${path[1] || name} id=${path[1]} />`
        : html`<${Empty} heading="h1" title=${t('state.noPage')} text=${t('state.noPageText')}><a class="button" href="#/today">${t('nav.today')}</a><//>`}</div>
    </main>
    <${BottomBar} name=${name} items=${items} />
    ${password.value && html`<${PasswordDialog} step=${password} />`}
  </div>`;
}
