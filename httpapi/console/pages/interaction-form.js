import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { followUpDay, isoDay, officeTime } from '../lib/office.js';
import { channels } from '../lib/values.js';
import { Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { useRecordForm } from '../ui/record-form.js';
import { InteractionFields, bodyOf } from './interaction-fields.js';

const valuesOf = interaction => ({
  channel: interaction.channel, subject: interaction.subject || '', summary: interaction.summary, duration_minutes: interaction.duration_minutes ?? '',
  timestamp: officeTime(interaction.timestamp), follow_up: interaction.follow_up_required ? followUpDay(interaction) ?? isoDay() : '',
});

const people = by => ({ ...by, follow_up: by.follow_up_date ?? by.follow_up_required });

// InteractionForm changes an interaction.
export function InteractionForm({ interaction, step }) {
  const form = useRecordForm({ kind: 'interactions', record: interaction, read: valuesOf, write: bodyOf, people, said: t('interaction.saved'), done: step.close });
  return html`<${FormDialog} ...${{ form, step }} title=${t('interaction.edit')} body="stack">
    <${Field} form=${form} name="channel" label=${t('field.channel')} options=${channels.map(channel => [channel, label('channel', channel)])} />
    <${InteractionFields} form=${form} more />
  <//>`;
}
