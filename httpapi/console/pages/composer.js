import { post, remove } from '../lib/api.js';
import { day } from '../lib/format.js';
import { html, useEffect, useLayoutEffect, useRef, useState } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { followUpDay } from '../lib/office.js';
import { can } from '../lib/session.js';
import { useStep } from '../lib/step.js';
import { channels } from '../lib/values.js';
import { Restored } from '../ui/form-dialog.js';
import { useForm, useUnsaved } from '../ui/form.js';
import { Icon } from '../ui/icons.js';
import { failed, toast } from '../ui/toast.js';
import { InteractionFields, bodyOf, emptyInteraction } from './interaction-fields.js';

// Composer logs an interaction: one click for the channel, one to save. What was typed and not saved is still there after a visit to
// another page.
export function Composer({ id }) {
  const step = useStep('composer');
  const form = useForm(emptyInteraction, async values => {
    const made = await post('/interactions/', { customer_id: id, ...bodyOf(values) }, form.key);
    const undo = can('crm:delete:interactions') && (() => remove('/interactions/' + made.id).catch(failed));
    toast(made.follow_up_date ? t('interaction.loggedWith', { day: day(followUpDay(made)) }) : t('interaction.logged'), { undo });
    clear();
    step.close();
  }, { draft: 'interactions/of/' + id, minor: ['channel'] });
  const [kept, setKept] = useState(form.dirty);
  const [more, setMore] = useState(false);
  const root = useRef();
  const open = Boolean(step.value) || kept;
  useUnsaved(form);
  const clear = () => {
    form.reset(emptyInteraction);
    setKept(false);
    setMore(false);
  };
  const leave = () => {
    if (form.dirty && !confirm(t('form.leave'))) return false;
    clear();
    return true;
  };
  const ask = useRef();
  ask.current = leave;
  useLayoutEffect(() => step.guard(() => ask.current()), []);
  const started = useRef();
  const start = channel => {
    started.current = channel;
    form.set('channel', channel);
    if (!open) step.open(true);
  };
  useEffect(() => {
    if (open) form.form.current.querySelector('textarea').focus();
    else if (started.current && document.activeElement === document.body) root.current.querySelector(`[data-channel=${started.current}]`).focus();
  }, [open]);
  const press = event => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) form.submit(event);
    if (event.key === 'Escape' && leave()) step.close();
  };
  return html`<section ref=${root} class="composer ${open ? 'open' : ''}" aria-label=${t('interaction.log')}>
    <h2 class="composer-title">${t('interaction.log')}</h2>
    <div class="channels">${channels.map(channel => html`<button key=${channel} type="button" class="channel" data-channel=${channel} aria-pressed=${open && form.values.channel === channel} onClick=${() => start(channel)}>
      <${Icon} name=${channel} />${label('channel', channel)}</button>`)}</div>
    ${open && html`<form ref=${form.form} onSubmit=${form.submit} onKeyDown=${press} novalidate>
      <${Restored} form=${form} /><${InteractionFields} form=${form} more=${more} />
      <div class="composer-foot">${!more && html`<button type="button" class="link" onClick=${() => setMore(true)}>${t('interaction.more')}</button>`}
        <button class="button" type="button" onClick=${() => leave() && step.close()}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy}>${t('interaction.save')}</button></div>
    </form>`}
  </section>`;
}
