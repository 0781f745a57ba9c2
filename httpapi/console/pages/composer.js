import { newKey, post, remove } from '../lib/api.js';
import { day } from '../lib/format.js';
import { html, useEffect, useLayoutEffect, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { followUpDay } from '../lib/office.js';
import { can } from '../lib/session.js';
import { channels } from '../lib/values.js';
import { useForm } from '../ui/field.js';
import { Icon } from '../ui/icons.js';
import { failed, toast } from '../ui/toast.js';
import { InteractionFields, bodyOf, emptyInteraction } from './interaction-fields.js';

// What was typed and not sent, by customer, for whoever looks at another page in between.
const drafts = new Map();

// Composer logs an interaction: a channel is the first click, saving the second.
export function Composer({ id }) {
  const draft = drafts.get(id);
  const [open, setOpen] = useState(Boolean(draft));
  const [more, setMore] = useState(false);
  const [key, setKey] = useState(newKey);
  const form = useForm(draft || emptyInteraction, async values => {
    const made = await post('/interactions/', { customer_id: id, ...bodyOf(values) }, key);
    const undo = can('crm:delete:interactions') && (() => remove('/interactions/' + made.id).catch(failed));
    toast(made.follow_up_date ? t('interaction.loggedWith', { day: day(followUpDay(made)) }) : t('interaction.logged'), { undo });
    close();
  });
  const close = () => {
    drafts.delete(id);
    form.reset(emptyInteraction);
    setKey(newKey());
    setOpen(false);
    setMore(false);
  };
  const start = channel => {
    form.set('channel', channel);
    setOpen(true);
  };
  useLayoutEffect(() => {
    if (open && form.values.summary.trim()) drafts.set(id, form.values);
    else drafts.delete(id);
  }, [open, form.values]);
  useEffect(() => { if (open) form.form.current.querySelector('textarea').focus(); }, [open]);
  const press = event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.submit(event);
    if (event.key === 'Escape' && !form.values.summary) close();
  };
  return html`<section class="composer ${open ? 'open' : ''}" aria-label=${t('interaction.log')}>
    <h2 class="composer-title">${t('interaction.log')}</h2>
    <div class="channels">${channels.map(channel => html`<button key=${channel} type="button" class="channel" data-channel=${channel} aria-pressed=${open && form.values.channel === channel} onClick=${() => start(channel)}>
      <${Icon} name=${channel} />${label('channel', channel)}</button>`)}</div>
    ${open && html`<form ref=${form.form} onSubmit=${form.submit} onKeyDown=${press} novalidate>
      <${InteractionFields} form=${form} more=${more} />
      <div class="composer-foot">${!more && html`<button type="button" class="link" onClick=${() => setMore(true)}>${t('interaction.more')}</button>`}
        <button class="button" type="button" onClick=${close}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy}>${t('interaction.save')}</button></div>
    </form>`}
  </section>`;
}
