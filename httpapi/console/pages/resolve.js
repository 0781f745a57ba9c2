import { put } from '../lib/api.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { Stars } from '../ui/bits.js';
import { Dialog } from '../ui/dialog.js';
import { Field, useForm } from '../ui/field.js';
import { failed, toast } from '../ui/toast.js';

// Resolve ends a complaint with a note on what was done about it.
export function Resolve({ feedback, onClose }) {
  const path = '/feedback/' + feedback.id;
  const form = useForm({ resolution_notes: feedback.resolution_notes || '' }, async values => {
    await put(path, { resolved: true, ...values });
    toast(t('feedback.resolved'), { undo: () => put(path, { resolved: false, resolution_notes: feedback.resolution_notes }).catch(failed) });
    onClose();
  });
  return html`<${Dialog} title=${t('feedback.resolveTitle')} onClose=${onClose}>
    <form ref=${form.form} onSubmit=${form.submit}>
      <div class="dialog-body form">
        <blockquote class="wide quote"><${Stars} rating=${feedback.rating} /> <span class="muted">${label('service', feedback.service_type)}</span><p class="prose" dir="auto">${feedback.comments || t('feedback.noComment')}</p></blockquote>
        <${Field} form=${form} name="resolution_notes" type="textarea" wide autofocus label=${t('feedback.note')} hint=${t('feedback.noteHint')} />
      </div>
      <footer><button class="button" type="button" onClick=${onClose}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${form.busy}>${t('feedback.resolve')}</button></footer>
    </form>
  <//>`;
}
