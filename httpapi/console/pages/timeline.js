import { remove } from '../lib/api.js';
import { together, useData } from '../lib/data.js';
import { ago, dateTime } from '../lib/format.js';
import { html, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { useChosen, useStep } from '../lib/step.js';
import { Answer } from '../ui/answer.js';
import { Confirm } from '../ui/dialog.js';
import { Due, FollowUpActions } from '../ui/follow-up.js';
import { Icon } from '../ui/icons.js';
import { Stars } from '../ui/inline.js';
import { Menu } from '../ui/menu.js';
import { Empty } from '../ui/placeholders.js';
import { failed, toast } from '../ui/toast.js';
import { reopen, useFeedbackDialog } from './feedback-dialog.js';
import { InteractionForm } from './interaction-form.js';

function InteractionEntry({ interaction, onEdit, onDelete }) {
  const items = [
    can('crm:update:interactions') && { text: t('action.edit'), icon: html`<${Icon} name="edit" />`, act: onEdit },
    can('crm:delete:interactions') && { text: t('action.delete'), icon: html`<${Icon} name="trash" />`, danger: true, act: onDelete },
  ].filter(Boolean);
  return html`<li class="timeline-entry"><span class="entry-icon"><${Icon} name=${interaction.channel} /></span>
    <div><div class="entry-head"><b>${label('channel', interaction.channel)}</b><time datetime=${interaction.timestamp} title=${dateTime(interaction.timestamp)}>${ago(interaction.timestamp)}</time>
        ${interaction.duration_minutes > 0 && html`<span class="quiet">${t('interaction.minutes', { count: interaction.duration_minutes })}</span>`}
        ${items.length > 0 && html`<span class="row-end"><${Menu} className="icon-button small" label=${t('action.more')} button=${html`<${Icon} name="more" size=${18} />`} items=${items} /></span>`}</div>
      ${interaction.subject && html`<p class="subject" dir="auto">${interaction.subject}</p>`}<p dir="auto">${interaction.summary}</p>
      ${interaction.follow_up_required && html`<div class="follow-up"><${Due} interaction=${interaction} />${can('crm:update:interactions') && html`<${FollowUpActions} interaction=${interaction} />`}</div>`}
    </div></li>`;
}

function FeedbackEntry({ feedback, onOpen, onDelete }) {
  const may = can('crm:update:feedback');
  const items = [
    may && feedback.resolved && { text: t('feedback.correct'), icon: html`<${Icon} name="edit" />`, act: onOpen },
    may && feedback.resolved && { text: t('feedback.reopen'), icon: html`<${Icon} name="undo" />`, act: () => reopen(feedback) },
    can('crm:delete:feedback') && { text: t('action.delete'), icon: html`<${Icon} name="trash" />`, danger: true, act: onDelete },
  ].filter(Boolean);
  return html`<li class="timeline-entry"><span class="entry-icon rating"><${Icon} name="feedback" /></span>
    <div><div class="entry-head"><b>${label('service', feedback.service_type)}</b><${Stars} rating=${feedback.rating} /><time datetime=${feedback.submitted_at} title=${dateTime(feedback.submitted_at)}>${ago(feedback.submitted_at)}</time>
        ${feedback.resolved && html`<span class="pill good"><${Icon} name="check" />${t('feedback.isResolved')}</span>`}
        <span class="row-end">${!feedback.resolved && may && html`<button class="button small" onClick=${onOpen}>${t('feedback.resolve')}</button>`}
          ${items.length > 0 && html`<${Menu} className="icon-button small" label=${t('action.more')} button=${html`<${Icon} name="more" size=${18} />`} items=${items} />`}</span></div>
      ${feedback.comments && html`<p dir="auto">${feedback.comments}</p>`}
      ${feedback.resolution_notes && html`<p class="resolution" dir="auto">${feedback.resolution_notes}</p>`}
    </div></li>`;
}

// merged returns both lists by time. If only a part of one list was read, the other list is cut at the same time, so that the timeline
// has no gaps.
function merged(interactions, feedback) {
  const all = [...interactions.items.map(one => ({ at: one.timestamp, interaction: one })), ...feedback.items.map(one => ({ at: one.submitted_at, feedback: one }))];
  const ends = [[interactions, 'timestamp'], [feedback, 'submitted_at']].filter(([list]) => list.total > list.items.length).map(([list, at]) => list.items.at(-1)[at]);
  const from = ends.sort().at(-1) || '';
  return { rows: all.filter(one => one.at >= from).sort((a, b) => (a.at < b.at ? 1 : -1)), more: ends.length > 0 };
}

const none = { items: [], total: 0 };
const most = 100; // the API's largest page

// Timeline shows a customer's interactions and feedback, the newest first.
export function Timeline({ id }) {
  const [size, setSize] = useState(20);
  const mine = change => change.customer_id === id || change.kind === 'interaction' && !change.customer_id;
  const interactions = useData(can('crm:read:interactions') && `/interactions/customer/${id}?size=${size}`, mine);
  const feedback = useData(can('crm:read:feedback') && `/feedback/customer/${id}?size=${size}`, mine);
  const editing = useStep('interaction');
  const dropping = useStep('interaction-drop');
  const edited = useChosen('interactions', interactions.data?.items, editing.value);
  const shown = useFeedbackDialog(feedback.data?.items);
  const drop = () => remove('/interactions/' + dropping.value).then(() => toast(t('interaction.deleted')), failed);
  const { rows, more } = merged(interactions.data || none, feedback.data || none);
  const entries = () => html`<ol class="timeline">${rows.map(({ interaction, feedback }) => (interaction
      ? html`<${InteractionEntry} key=${interaction.id} interaction=${interaction} onEdit=${() => editing.open(interaction.id)} onDelete=${() => dropping.open(interaction.id)} />`
      : html`<${FeedbackEntry} key=${feedback.id} feedback=${feedback} onOpen=${() => shown.open(feedback)} onDelete=${() => shown.drop(feedback)} />`))}</ol>
    ${more && (size < most ? html`<button class="button" onClick=${() => setSize(most)}>${t('timeline.more')}</button>` : html`<a class="button" href="#/interactions?customer_id=${id}">${t('timeline.all')}</a>`)}`;
  return html`<${Answer} of=${together([interactions, feedback])} rows=${4} tall>${() => (rows.length > 0 ? entries() : html`<${Empty} icon="interactions" title=${t('timeline.none')} text=${t('timeline.noneText')} />`)}<//>
    ${edited && can('crm:update:interactions') && html`<${InteractionForm} key=${edited.id} interaction=${edited} step=${editing} />`}
    ${dropping.value && can('crm:delete:interactions') && html`<${Confirm} title=${t('interaction.delete')} text=${t('interaction.deleteText')} action=${t('action.delete')} onConfirm=${drop} onClose=${dropping.close} />`}
    ${shown.dialog}`;
}
