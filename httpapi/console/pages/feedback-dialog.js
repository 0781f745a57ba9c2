import { put, remove } from '../lib/api.js';
import { dateTime } from '../lib/format.js';
import { html } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { can } from '../lib/session.js';
import { useChosen, useStep } from '../lib/step.js';
import { Confirm, Dialog } from '../ui/dialog.js';
import { Field } from '../ui/field.js';
import { FormDialog } from '../ui/form-dialog.js';
import { Icon } from '../ui/icons.js';
import { Stars } from '../ui/inline.js';
import { useRecordForm } from '../ui/record-form.js';
import { failed, toast } from '../ui/toast.js';

const pathOf = feedback => '/feedback/' + feedback.id;

// reopen makes a resolved feedback open again. Its note stays.
export const reopen = feedback => put(pathOf(feedback), { resolved: false }).then(() => toast(t('feedback.reopened')), failed);

// Said is what the customer said, in full, and when that was resolved.
function Said({ feedback }) {
  return html`<blockquote class="wide quote"><${Stars} rating=${feedback.rating} /> <span class="muted">${label('service', feedback.service_type)} · <time datetime=${feedback.submitted_at}>${dateTime(feedback.submitted_at)}</time></span>
      <p class="prose" dir="auto">${feedback.comments || t('feedback.noComment')}</p></blockquote>
    ${feedback.resolved && html`<p class="wide muted">${t('feedback.resolvedOn', { when: dateTime(feedback.resolved_at) })}</p>`}`;
}

function Read({ feedback, step }) {
  return html`<${Dialog} title=${t('feedback.one')} onClose=${step.close}><div class="dialog-body form"><${Said} feedback=${feedback} />
    ${feedback.resolution_notes && html`<p class="wide prose resolution" dir="auto">${feedback.resolution_notes}</p>`}</div><//>`;
}

// Edit resolves a feedback with a note, or corrects the note of a resolved one.
function Edit({ feedback, step, onDrop }) {
  const { resolved } = feedback;
  const form = useRecordForm({
    kind: 'feedback', record: feedback, read: one => ({ resolution_notes: one.resolution_notes || '' }), always: resolved ? undefined : { resolved: true }, done: step.close,
    said: t(resolved ? 'feedback.noteSaved' : 'feedback.resolved'),
    undo: resolved ? undefined : () => put(pathOf(feedback), { resolved: false, resolution_notes: feedback.resolution_notes }).catch(failed),
  });
  const again = () => {
    if (form.dirty && !confirm(t('form.leave'))) return;
    form.drop();
    step.close();
    reopen(feedback);
  };
  const more = html`${can('crm:delete:feedback') && html`<button class="icon-button danger" type="button" aria-label=${t('action.delete')} title=${t('action.delete')} onClick=${() => onDrop(feedback)}><${Icon} name="trash" /></button>`}
    <span class="grow"></span>${resolved && html`<button class="button" type="button" onClick=${again}>${t('feedback.reopen')}</button>`}`;
  return html`<${FormDialog} ...${{ form, step }} variant="modal" title=${t(resolved ? 'feedback.one' : 'feedback.resolveTitle')} action=${t(resolved ? 'action.save' : 'feedback.resolve')} extra=${more}>
    <${Said} feedback=${feedback} />
    <${Field} form=${form} name="resolution_notes" type="textarea" wide autofocus label=${t('feedback.note')} hint=${t('feedback.noteHint')} /><//>`;
}

// useFeedbackDialog is the dialog that shows a feedback in full, to resolve, correct, reopen or delete it. open and drop are called with
// a feedback; dialog is what the page renders.
export function useFeedbackDialog(items) {
  const step = useStep('feedback');
  const dropping = useStep('feedback-drop');
  const shown = useChosen('feedback', items, step.value);
  const dropped = useChosen('feedback', items, dropping.value);
  const drop = () => remove(pathOf(dropped)).then(() => { toast(t('feedback.deleted')); step.close(); }, failed);
  const dialog = html`
    ${shown && html`<${can('crm:update:feedback') ? Edit : Read} key=${shown.id} feedback=${shown} step=${step} onDrop=${one => dropping.open(one.id)} />`}
    ${dropped && can('crm:delete:feedback') && html`<${Confirm} title=${t('feedback.delete')} text=${t('feedback.deleteText')} action=${t('action.delete')} onConfirm=${drop} onClose=${dropping.close} />`}`;
  return { open: feedback => step.open(feedback.id), drop: feedback => dropping.open(feedback.id), dialog };
}
