import { download, query } from '../lib/api.js';
import { html } from '../lib/html.js';
import { t } from '../lib/i18n.js';
import { Icon } from './icons.js';
import { failed } from './toast.js';

// exportItems returns the items of a menu that download a list as a file, in both formats. name is the file's, if the API gives none.
export function exportItems(path, filters, name) {
  const item = (text, excel) => ({
    text: t(text), icon: html`<${Icon} name="download" />`, act: () => download(path + query({ ...filters, excel }), name).catch(failed),
  });
  return [item('export.csv'), item('export.excel', 'fr')];
}
