import { download, post, put } from '../lib/api.js';
import { useData } from '../lib/data.js';
import { nameOf } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { mailto, tel, whatsapp } from '../lib/links.js';
import { listAddress } from '../lib/router.js';
import { can } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { useTitle } from '../lib/title.js';
import { Answer, Old } from '../ui/answer.js';
import { Confirm } from '../ui/dialog.js';
import { Icon } from '../ui/icons.js';
import { Avatar, Loyalty, Ltr } from '../ui/inline.js';
import { Menu } from '../ui/menu.js';
import { Empty } from '../ui/placeholders.js';
import { Tabs } from '../ui/tabs.js';
import { failed, toast } from '../ui/toast.js';
import { Composer } from './composer.js';
import { CustomerAside } from './customer-aside.js';
import { CustomerForm } from './customer-form.js';
import { History } from './customer-history.js';
import { FeedbackForm } from './feedback-form.js';
import { Timeline } from './timeline.js';

// activate makes a customer active or inactive, with an undo.
async function activate(customer, active) {
  const send = is_active => put('/customers/' + customer.id, { is_active });
  try {
    await send(active);
    toast(t(active ? 'customers.reactivated' : 'customers.deactivated'), { undo: () => send(!active).catch(failed) });
  } catch (problem) {
    failed(problem);
  }
}

function actionsOf(customer, setDialog) {
  const icon = name => html`<${Icon} name=${name} />`;
  return [
    can('crm:create:feedback') && { text: t('feedback.add'), icon: icon('feedback'), act: () => setDialog('feedback') },
    can('crm:export:customers') && { text: t('customers.exportOne'), icon: icon('download'), act: () => download(`/customers/${customer.id}/export`, 'customer.json').catch(failed) },
    can('crm:update:customers') && { text: t(customer.is_active ? 'customers.deactivate' : 'customers.reactivate'), icon: icon('customers'), act: () => activate(customer, !customer.is_active) },
    can('crm:erase:customers') && { text: t('customers.erase'), icon: icon('trash'), danger: true, act: () => setDialog('erase') },
  ].filter(Boolean);
}

function Contact({ phone, phone_international, email }) {
  const chat = whatsapp(phone_international);
  return html`<a href=${tel(phone, phone_international)}><${Ltr}>${phone}<//></a>
    ${chat && html`<a href=${chat} target="_blank" rel="noopener noreferrer">${t('channel.whatsapp')}</a>`}
    <a href=${mailto(email)}><${Ltr}>${email}<//></a>`;
}

function Identity({ customer, setDialog }) {
  const name = nameOf(customer);
  const items = customer.erased_at ? [] : actionsOf(customer, setDialog);
  return html`<header class="identity"><${Avatar} name=${name} size="large" />
    <div class="grow"><h1 tabindex="-1"><bdi>${name}</bdi></h1>
      <div class="sub">${customer.full_name && customer.company_name && html`<span dir="auto">${customer.company_name}</span>`}
        <${Loyalty} value=${customer.loyalty_status} />
        ${!customer.is_active && html`<span class="pill late">${t(customer.erased_at ? 'customers.erased' : 'active.false')}</span>`}
        ${!customer.erased_at && html`<${Contact} ...${customer} />`}</div></div>
    <div class="actions">
      ${can('crm:update:customers') && !customer.erased_at && html`<button class="button" onClick=${() => setDialog('edit')}><${Icon} name="edit" size=${18} />${t('action.edit')}</button>`}
      ${items.length > 0 && html`<${Menu} label=${t('action.more')} button=${html`<${Icon} name="more" />`} items=${items} />`}</div>
  </header>`;
}

function Activity({ customer }) {
  const [tab, setTab] = useState('timeline');
  const tabs = ['timeline', can('crm:read:history') && 'history'].filter(Boolean);
  const body = { timeline: () => html`<${Timeline} id=${customer.id} />`, history: () => html`<${History} id=${customer.id} />` };
  if (tabs.length === 1) return body.timeline();
  return html`<${Tabs} items=${tabs.map(name => [name, t('tab.' + name)])} chosen=${tab} onChoose=${setTab}>${body[tab]()}<//>`;
}

export function Customer({ id }) {
  const mine = change => change.id === id || change.customer_id === id || change.kind === 'segment';
  const summary = useData(`/customers/${id}/summary`, mine, { keep: false });
  const { data: customer, error } = summary;
  const step = useStep('customer');
  useTitle(customer ? nameOf(customer) : '', 1);
  const back = html`<a class="back" href=${listAddress('customers')}><${Icon} name="back" size=${16} />${t('nav.customers')}</a>`;
  if (error?.status === 404 || error?.status === 422) return html`<div class="page">${back}<${Empty} heading="h1" title=${t('customers.gone')} text=${t('customers.goneText')} /></div>`;
  if (!customer || error && !error.passing) return html`<div class="page">${back}<${Answer} of=${summary} rows=${7} tall /></div>`;
  const erase = () => post(`/customers/${id}/erase`).then(({ backups }) => toast(backups.length ? t('customers.eraseBackups', { count: backups.length }) : t('customers.eraseDone')), failed);
  return html`<div class="page">${back}${error && html`<${Old} at=${summary.at} />`}
    <${Identity} customer=${customer} setDialog=${step.open} />
    <div class="columns"><div>
        ${can('crm:create:interactions') && !customer.erased_at && html`<${Composer} id=${id} />`}
        <${Activity} customer=${customer} /></div>
      <${CustomerAside} customer=${customer} /></div>
    ${step.value === 'edit' && can('crm:update:customers') && !customer.erased_at && html`<${CustomerForm} ...${{ customer, step }} />`}
    ${step.value === 'feedback' && can('crm:create:feedback') && !customer.erased_at && html`<${FeedbackForm} ...${{ customer, step }} />`}
    ${step.value === 'erase' && can('crm:erase:customers') && html`<${Confirm} title=${t('customers.eraseTitle')} text=${t('customers.eraseText')} action=${t('customers.erase')} onConfirm=${erase} onClose=${step.close} />`}
  </div>`;
}
