import { post } from '../lib/api.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useStep } from '../lib/step.js';
import { useValues } from '../lib/values.js';
import { Choices } from '../ui/filter.js';
import { FormDialog } from '../ui/form-dialog.js';
import { useForm } from '../ui/form.js';
import { Icon } from '../ui/icons.js';
import { toast } from '../ui/toast.js';

function TagDialog({ ids, step, onDone }) {
  const { tags } = useValues();
  const removing = step.value === 'remove';
  const form = useForm({ tags: [] }, async values => {
    const { updated } = await post('/customers/tags', { ids, add: removing ? [] : values.tags, remove: removing ? values.tags : [] });
    toast(t('bulk.done', { count: updated }));
    step.close();
    onDone();
  });
  return html`<${FormDialog} ...${{ form, step }} title=${t(removing ? 'bulk.removeTags' : 'bulk.addTags')} variant="modal" body="" action=${t('bulk.apply', { count: ids.length })} disabled=${!form.dirty}>
    <${Choices} values=${tags} chosen=${form.values.tags} name=${t('field.tags')} free=${!removing} onChange=${chosen => form.set('tags', chosen)} /><//>`;
}

// Bulk has the actions for the selected rows.
export function Bulk({ ids, onDone, onClear }) {
  const step = useStep('tags');
  return html`<div class="bulk" role="region" aria-label=${t('bulk.title')}>
    <b class="numeric" aria-live="polite">${t('bulk.chosen', { count: ids.length })}</b>
    <button class="button small" onClick=${() => step.open('add')}><${Icon} name="tag" size=${16} />${t('bulk.addTags')}</button>
    <button class="button small" onClick=${() => step.open('remove')}>${t('bulk.removeTags')}</button>
    <button class="icon-button small" aria-label=${t('bulk.clear')} onClick=${onClear}><${Icon} name="close" size=${16} /></button>
    ${step.value && html`<${TagDialog} ...${{ ids, step, onDone }} />`}
  </div>`;
}
