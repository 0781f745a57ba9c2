import { query } from '../lib/api.js';
import { together, useCustomer, useData } from '../lib/data.js';
import { ago, longDate, nameOf, number } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { now } from '../lib/office.js';
import { can, withCustomers } from '../lib/session.js';
import { Answer } from '../ui/answer.js';
import { complete, snooze } from '../ui/follow-up-requests.js';
import { Due, Snooze } from '../ui/follow-up.js';
import { Icon } from '../ui/icons.js';
import { Avatar, Stars } from '../ui/inline.js';
import { PageHead } from '../ui/page-head.js';
import { Empty } from '../ui/placeholders.js';
import { useFeedbackDialog } from './feedback-dialog.js';

function Todo({ interaction, hide }) {
  const customer = useCustomer(interaction.customer_id);
  const may = can('crm:update:interactions');
  return html`<li class="todo ${may ? '' : 'only-read'}">
    ${may && html`<button class="tick-button" aria-label=${t('followup.doneOf', { name: customer ? nameOf(customer) : '' })} onClick=${() => { hide(); complete(interaction); }}><${Icon} name="check" size=${14} /></button>`}
    <div class="todo-what"><a class="row-link-plain" href="#/customers/${interaction.customer_id}"><bdi>${customer ? nameOf(customer) : '\u00a0'}</bdi></a>
      <span class="muted said"><span>${label('channel', interaction.channel)} · </span><span dir="auto">${interaction.subject || interaction.summary}</span></span></div>
    <div class="row-end"><${Due} interaction=${interaction} />${may && html`<${Snooze} small id=${interaction.id} act=${until => { hide(); snooze(interaction, until); }} />`}</div>
  </li>`;
}

// useFollowUps reads one of the lists of follow-ups. hide removes a row at once; it comes back if the request fails.
function useFollowUps(when, size) {
  const list = useData('/interactions/' + query({ follow_up: when, size, include: withCustomers() }), ['interaction']);
  const hide = id => list.mutate(now => ({ ...now, total: now.total - 1, items: now.items.filter(one => one.id !== id) }));
  return { ...list, when, hide };
}

function FollowUps({ list }) {
  const { when, data, hide } = list;
  if (!data?.items.length) return null;
  return html`<section class="section" aria-label=${t('today.' + when)}>
    <div class="section-head"><h2>${t('today.' + when)}</h2><span class="count">${number(data.total)}</span></div>
    <ul>${data.items.map(one => html`<${Todo} key=${one.id} interaction=${one} hide=${() => hide(one.id)} />`)}</ul>
    ${data.total > data.items.length && html`<a class="more-link" href="#/interactions?follow_up=${when}">${t('list.all', { count: data.total })}</a>`}
  </section>`;
}

function AllFollowUps() {
  const lists = [useFollowUps('overdue', 5), useFollowUps('today', 10), useFollowUps('week', 8), useFollowUps('later', 4)];
  return html`<${Answer} of=${together(lists)} rows=${8}>${all => (all.every(one => one.items.length === 0)
    ? html`<${Empty} icon="check" title=${t('today.clear')} text=${t('today.clearText')}><a class="button" href="#/customers">${t('nav.customers')}</a><//>`
    : lists.map(list => html`<${FollowUps} key=${list.when} list=${list} />`))}<//>`;
}

function Complaint({ feedback, onOpen }) {
  const customer = useCustomer(feedback.customer_id);
  return html`<li class="mini"><div class="mini-head"><${Stars} rating=${feedback.rating} /><span class="muted">${label('service', feedback.service_type)}</span><time class="quiet" datetime=${feedback.submitted_at}>${ago(feedback.submitted_at)}</time></div>
    <button type="button" class="mini-text ${feedback.comments ? '' : 'quiet'}" dir="auto" title=${t('feedback.read')} onClick=${() => onOpen(feedback)}>${feedback.comments || t('feedback.noComment')}</button>
    <div class="mini-foot">${customer ? html`<a href="#/customers/${customer.id}"><bdi>${nameOf(customer)}</bdi></a>` : html`<span class="quiet">${feedback.customer_id ? '' : t('feedback.anonymous')}</span>`}
      ${can('crm:update:feedback') && html`<button class="button small" onClick=${() => onOpen(feedback)}>${t('feedback.resolve')}</button>`}</div></li>`;
}

// A complaint is open feedback of one or two stars.
const complaints = { resolved: false, rating: [1, 2] };

function Complaints() {
  const list = useData('/feedback/' + query({ ...complaints, size: 4, include: withCustomers() }), ['feedback']);
  const shown = useFeedbackDialog(list.data?.items);
  const { total = 0, items = [] } = list.data ?? {};
  return html`<section class="section"><div class="section-head"><h2>${t('today.complaints')}</h2><span class="count">${number(total)}</span>
      ${total > items.length && html`<a class="head-link" href=${'#/feedback' + query(complaints)}>${t('list.seeAll')}</a>`}</div>
    <${Answer} of=${list} rows=${3} tall>${() => (items.length === 0 ? html`<p class="muted">${t('today.noComplaints')}</p>`
      : html`<ul>${items.map(one => html`<${Complaint} key=${one.id} feedback=${one} onOpen=${shown.open} />`)}</ul>`)}<//>
    ${shown.dialog}
  </section>`;
}

function Newest() {
  const list = useData('/customers/?size=6', ['customer']);
  return html`<section class="section"><div class="section-head"><h2>${t('today.newest')}</h2><a class="head-link" href="#/customers">${t('list.seeAll')}</a></div>
    <${Answer} of=${list} rows=${5}>${({ items }) => html`<ul>${items.map(one => html`<li key=${one.id}><a class="mini-person" href="#/customers/${one.id}"><${Avatar} name=${nameOf(one)} size="small" /><span><bdi>${nameOf(one)}</bdi></span><time class="quiet" datetime=${one.created_at}>${ago(one.created_at)}</time></a></li>`)}</ul>`}<//>
  </section>`;
}

export function Today() {
  const reads = kind => can('crm:read:' + kind);
  return html`<div class="page">
    <${PageHead} title=${t('nav.today')}><span class="muted">${longDate(now())}</span><//>
    <div class="columns"><div>${reads('interactions') && html`<${AllFollowUps} />`}</div>
      <div class="aside">${reads('feedback') && html`<${Complaints} />`}${reads('customers') && html`<${Newest} />`}</div></div>
  </div>`;
}
