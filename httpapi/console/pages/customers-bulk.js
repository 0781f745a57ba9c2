import { post } from '../lib/api.js';
import { html, useState } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { useValues } from '../lib/values.js';
import { Dialog } from '../ui/dialog.js';
import { Choices } from '../ui/filter.js';
import { Icon } from '../ui/icons.js';
import { failed, toast } from '../ui/toast.js';

function TagDialog({ ids, removing, onClose, onDone }) {
  const { tags } = useValues();
  const [chosen, setChosen] = useState([]);
  const [busy, setBusy] = useState(false);
  const send = body => post('/customers/tags', { ids, ...body });
  const act = async event => {
    event.preventDefault();
    setBusy(true);
    try {
      const { updated } = await send(removing ? { add: [], remove: chosen } : { add: chosen, remove: [] });
      toast(t('bulk.done', { count: updated }));
      onDone();
    } catch (problem) {
      failed(problem);
      setBusy(false);
    }
  };
  const title = t(removing ? 'bulk.removeTags' : 'bulk.addTags');
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${act}><div class="dialog-body"><${Choices} values=${tags} chosen=${chosen} name=${t('field.tags')} free=${!removing} onChange=${setChosen} /></div>
      <footer><button class="button" type="button" onClick=${onClose}>${t('action.cancel')}</button>
        <button class="button primary" disabled=${busy || chosen.length === 0}>${t('bulk.apply', { count: ids.length })}</button></footer></form>
  <//>`;
}

// Bulk is what can be done with the rows that are ticked.
export function Bulk({ ids, onDone, onClear }) {
  const [dialog, setDialog] = useState('');
  return html`<div class="bulk" role="region" aria-label=${t('bulk.title')}>
    <b class="numeric" aria-live="polite">${t('bulk.chosen', { count: ids.length })}</b>
    <button class="button small" onClick=${() => setDialog('add')}><${Icon} name="tag" size=${16} />${t('bulk.addTags')}</button>
    <button class="button small" onClick=${() => setDialog('remove')}>${t('bulk.removeTags')}</button>
    <button class="icon-button small" aria-label=${t('bulk.clear')} onClick=${onClear}><${Icon} name="close" size=${16} /></button>
    ${dialog && html`<${TagDialog} ids=${ids} removing=${dialog === 'remove'} onClose=${() => setDialog('')} onDone=${() => { setDialog(''); onDone(); }} />`}
  </div>`;
}
