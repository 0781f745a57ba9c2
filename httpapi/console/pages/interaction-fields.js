import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { DayPicker } from '../ui/day-picker.js';
import { Field } from '../ui/field.js';

export const emptyInteraction = { channel: 'phone', subject: '', summary: '', duration_minutes: '', timestamp: '', follow_up: '' };

// bodyOf returns the body of a request from the form's values, all or some. A time has no offset: it is the office's.
export function bodyOf({ follow_up, timestamp, duration_minutes, ...body }) {
  if (duration_minutes !== undefined) body.duration_minutes = duration_minutes === '' ? null : Number(duration_minutes);
  if (follow_up !== undefined) body.follow_up_required = follow_up !== '';
  if (follow_up) body.follow_up_date = follow_up;
  if (timestamp) body.timestamp = timestamp;
  return body;
}

// InteractionFields are the fields of the summary and the follow-up and, with more, the other fields.
export function InteractionFields({ form, more }) {
  const field = (name, rest) => html`<${Field} form=${form} name=${name} label=${t('field.' + name)} ...${rest} />`;
  return html`<div class="form">
    ${field('summary', { type: 'textarea', wide: true, placeholder: t('interaction.summaryHint') })}
    ${more && html`${field('subject', { wide: true, optional: true })}
      ${field('duration_minutes', { type: 'number', min: 0, inputmode: 'numeric', optional: true })}
      ${field('timestamp', { type: 'datetime-local', optional: true, hint: t('interaction.whenHint') })}`}
    <div class="wide"><${DayPicker} legend=${t('field.follow_up')} value=${form.values.follow_up} onChange=${value => form.set('follow_up', value)} /></div>
  </div>`;
}
