import { put } from '../lib/api.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { followUpDay, isoDay, officeTime } from '../lib/office.js';
import { channels } from '../lib/values.js';
import { Dialog } from '../ui/dialog.js';
import { Field, useForm } from '../ui/field.js';
import { toast } from '../ui/toast.js';
import { InteractionFields, bodyOf } from './interaction-fields.js';

// InteractionForm changes an interaction.
export function InteractionForm({ interaction, onClose, onSaved }) {
  const before = {
    channel: interaction.channel, subject: interaction.subject || '', summary: interaction.summary, duration_minutes: interaction.duration_minutes ?? '',
    timestamp: officeTime(interaction.timestamp), follow_up: interaction.follow_up_required ? followUpDay(interaction) ?? isoDay() : '',
  };
  const form = useForm(before, async values => {
    const body = bodyOf(values);
    if (values.timestamp === before.timestamp) delete body.timestamp; // the field shows no seconds
    if (values.follow_up === before.follow_up) delete body.follow_up_date;
    onSaved(await put('/interactions/' + interaction.id, body));
    toast(t('interaction.saved'));
  });
  const guard = () => !form.dirty || confirm(t('form.leave'));
  return html`<${Dialog} look="drawer" title=${t('interaction.edit')} onClose=${onClose} guard=${guard}>
    <form ref=${form.form} onSubmit=${form.submit} novalidate>
      <div class="dialog-body stack">
        <${Field} form=${form} name="channel" label=${t('field.channel')} options=${channels.map(channel => [channel, label('channel', channel)])} />
        <${InteractionFields} form=${form} more /></div>
      <footer><button class="button" type="button" onClick=${() => guard() && onClose()}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy}>${t('action.save')}</button></footer>
    </form>
  <//>`;
}
