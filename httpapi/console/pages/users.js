import { useList } from '../lib/data.js';
import { ago } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { replaceQuery } from '../lib/router.js';
import { can } from '../lib/session.js';
import { useChosen, useStep } from '../lib/step.js';
import { Answer } from '../ui/answer.js';
import { Icon } from '../ui/icons.js';
import { Avatar, Ltr } from '../ui/inline.js';
import { PageHead } from '../ui/page-head.js';
import { Pager } from '../ui/pager.js';
import { UserForm } from './user-form.js';

function Row({ user, onEdit }) {
  const name = user.full_name || user.email;
  const who = onEdit ? html`<button type="button" class="row-link" onClick=${onEdit}><bdi>${name}</bdi></button>` : html`<b><bdi>${name}</bdi></b>`;
  return html`<tr class=${user.is_active ? '' : 'inactive'}>
    <td><span class="person"><${Avatar} name=${name} /><span>${who}<small><${Ltr}>${user.email}<//></small></span></span></td>
    <td class="indent">${user.roles.map(role => label('role', role.name)).join(', ')}</td>
    <td class="state">${!user.is_active ? html`<span class="pill">${t('users.inactive')}</span>` : user.is_locked ? html`<span class="pill late">${t('users.locked')}</span>`
      : user.must_change_password ? html`<span class="pill soon">${t('users.invited')}</span>` : html`<span class="pill good">${t('users.active')}</span>`}</td>
    <td class="muted end">${user.last_login_at ? ago(user.last_login_at) : t('users.never')}</td>
  </tr>`;
}

// Users is the page of the people who sign in.
export function Users() {
  const list = useList('/users/', {}, ['user']);
  const { data } = list;
  const step = useStep('user'); // 'new' or an id
  const editing = useChosen('users', data?.items, step.value === 'new' ? '' : step.value);
  return html`<div class="page">
    <${PageHead} title=${t('nav.users')} count=${data?.total}>
      ${can('auth:create:users') && html`<button class="button primary" data-new onClick=${() => step.open('new')}><${Icon} name="plus" />${t('users.new')}</button>`}<//>
    <div class="list-frame"><${Answer} of=${list} rows=${6} tall>${({ items }) => html`<table class="list tall"><thead><tr><th class="w-30">${t('field.name')}</th><th class="w-25">${t('field.roles')}</th><th class="w-20">${t('users.state')}</th><th class="w-15 end">${t('users.lastLogin')}</th></tr></thead>
        <tbody>${items.map(user => html`<${Row} key=${user.id} user=${user} onEdit=${can('auth:update:users') && (() => step.open(user.id))} />`)}</tbody></table>`}<//></div>
    <${Pager} list=${data} onPage=${page => replaceQuery({ page })} />
    ${step.value === 'new' && can('auth:create:users') && html`<${UserForm} key="new" step=${step} />`}
    ${editing && can('auth:update:users') && html`<${UserForm} key=${editing.id} user=${editing} step=${step} />`}
  </div>`;
}
