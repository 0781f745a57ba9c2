import { post } from '../lib/api.js';
import { nameOf, number } from '../lib/format.js';
import { html, useEffect, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { criteria as keys, useValues } from '../lib/values.js';
import { Check, Field } from '../ui/field.js';
import { Filter } from '../ui/filter.js';
import { FormDialog } from '../ui/form-dialog.js';
import { Avatar, Loyalty } from '../ui/inline.js';
import { useRecordForm } from '../ui/record-form.js';

// chosenOnly drops keys without values, which the API refuses.
const chosenOnly = criteria => Object.fromEntries(Object.entries(criteria).filter(([, values]) => values.length > 0));

// usePreview returns who would be in the segment now: their number and some of them.
function usePreview(criteria) {
  const [preview, setPreview] = useState(null);
  const wanted = JSON.stringify(chosenOnly(criteria));
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => post('/segments/preview', { criteria: JSON.parse(wanted) }).then(found => current && setPreview(found), () => current && setPreview(null)), 80);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [wanted]);
  return preview;
}

function Preview({ criteria }) {
  const preview = usePreview(criteria);
  return html`<section class="preview" aria-live="polite"><h3>${t('segments.preview')}</h3>
    <p class="preview-count"><b>${preview ? number(preview.count) : '…'}</b> ${t('segments.customers', { count: preview?.count ?? 0 })}</p>
    ${preview?.count === 0 && html`<p class="hint">${t('segments.nobody')}</p>`}
    <ul>${preview?.customers.map(one => html`<li key=${one.id} class="mini-person"><${Avatar} name=${nameOf(one)} size="small" /><span><bdi>${nameOf(one)}</bdi></span><${Loyalty} value=${one.loyalty_status} /></li>`)}</ul>
  </section>`;
}

function Builder({ form }) {
  const values = useValues();
  const chosen = form.values.criteria;
  return html`<fieldset class="wide"><legend class="field-label">${t('segments.who')}</legend>
    <p class="hint">${t('segments.whoHint')}</p>
    <div class="builder">${keys.map(({ key, made }) => html`<${Filter} key=${key} name=${t('field.' + key)} values=${values[key]} chosen=${chosen[key] || []} free=${made}
      onChange=${next => form.set('criteria', { ...chosen, [key]: next })} />`)}</div>
    ${form.errors.criteria && html`<p class="error">${form.errors.criteria}</p>`}
  </fieldset>`;
}

// bodyOf returns the body of a request from the form's values, all or some.
const bodyOf = values => (values.criteria ? { ...values, criteria: chosenOnly(values.criteria) } : values);

// SegmentForm creates a segment, with criteria if they are chosen already, or changes one.
export function SegmentForm({ segment, criteria = {}, step, onSaved = step.close }) {
  const valuesOf = one => (one ? { name: one.name, description: one.description || '', criteria: one.criteria, is_active: one.is_active } : { name: '', description: '', criteria });
  const form = useRecordForm({ kind: 'segments', record: segment, read: valuesOf, write: bodyOf, said: t('segments.saved'), done: onSaved });
  return html`<${FormDialog} ...${{ form, step }} title=${t(segment ? 'segments.edit' : 'segments.new')}>
    <${Field} form=${form} name="name" label=${t('field.name')} wide autofocus autocomplete="off" placeholder=${t('segments.nameHint')} />
    <${Builder} form=${form} />
    <div class="wide"><${Preview} criteria=${form.values.criteria} /></div>
    <${Field} form=${form} name="description" label=${t('field.description')} wide optional />
    ${segment && html`<div class="wide"><${Check} form=${form} name="is_active" label=${t('segments.isActive')} /></div>`}
  <//>`;
}
