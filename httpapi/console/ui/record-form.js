import { post, put, version } from '../lib/api.js';
import { changesOf, undecided } from '../lib/edit.js';
import { useEffect, useRef } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { useForm } from './form.js';
import { toast } from './toast.js';

const isolate = text => `\u2068${text}\u2069`; // a name of the other direction leaves the sentence in order

// useRecordForm is the form of a record, or of a new one where there is none. kind is the first part of its path; read makes the
// fields' values of a record, write a request's body of those that the person changed. Only these are sent, for the version that
// they were changed in: what somebody else changed meanwhile is kept, and what both changed is asked. always is sent too.
// said is the message of success, undo its way back, done is called with what was saved. people makes the names of those who changed the API's fields
// those of the form's.
export function useRecordForm({ kind, record, read, write = changes => changes, always, said, undo, done, secret, people = by => by }) {
  const path = `/${kind}/${record?.id ?? ''}`;
  const tag = useRef(null);
  const meanwhile = useRef(new Map()); // what others changed and is kept: field → who
  const form = useForm(read(record), async values => {
    const saved = record ? await save() : await create(values);
    form.drop();
    done(saved);
  }, { draft: `${kind}/${record?.id ?? ''}`, secret, shared: Boolean(record) });

  // meet brings the form to the version that is there now.
  const meet = (now, newer, by) => {
    tag.current = newer;
    return form.meet(read(now), by && people(by));
  };
  const catchUp = async () => {
    const now = await version(path);
    return meet(now.record, now.tag);
  };
  useEffect(() => { if (record) catchUp().catch(() => {}); }, []); // the page may show an older one

  const create = async values => {
    const made = await post(path, write(values), form.key);
    toast(said);
    return made;
  };
  const save = async () => {
    if (!tag.current && undecided(await catchUp()).length > 0) throw asked;
    for (let attempt = 0; ; attempt++) {
      const changes = changesOf(form.now());
      if (!always && Object.keys(changes).length === 0) return record;
      try {
        const saved = await put(path, { ...write(changes), ...always }, tag.current);
        tell();
        return saved;
      } catch (problem) {
        if (problem.status !== 412 || attempt > 4) throw problem;
        const met = meet(problem.current, problem.tag, problem.changedBy);
        for (const name of met.taken) meanwhile.current.set(label('field', name), met.by[name]);
        if (undecided(met).length > 0) throw asked;
      }
    }
  };
  const tell = () => {
    const [fields, names] = [[...meanwhile.current.keys()], [...new Set(meanwhile.current.values())].filter(Boolean)];
    if (fields.length === 0) return toast(said, { undo });
    toast(t('form.merged', { said, who: names.map(isolate).join(', ') || t('form.colleague'), fields: fields.join(', ') }), { undo, long: true });
  };
  return form;
}

// What both changed is asked in the form itself.
const asked = { status: 412, errors: [], asked: true };
