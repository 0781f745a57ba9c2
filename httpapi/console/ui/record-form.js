import { post, put, version } from '../lib/api.js';
import { changesOf, undecided } from '../lib/edit.js';
import { useEffect, useRef } from '../lib/html.js';
import { label, t } from '../lib/i18n.js';
import { useForm } from './form.js';
import { toast } from './toast.js';

const isolate = text => `\u2068${text}\u2069`; // a name that runs in the other direction does not reorder the sentence

// useRecordForm is the form of a record, or of a new record if there is none. It sends only the fields that the user changed, for the
// version of the record that they were changed in. So the changes of other people stay. If two people changed the same field, the form
// asks which value to keep.
//   kind    the first part of the path, such as customers
//   read    returns the form's values of a record
//   write   returns the body of a request from the changed values
//   always  is sent as well
//   said    the message of success, with undo as its undo
//   done    is called with the saved record
//   secret  the fields that are in no draft
//   people  turns the names by field of the API into names by field of the form
export function useRecordForm({ kind, record, read, write = changes => changes, always, said, undo, done, secret, people = by => by }) {
  const path = `/${kind}/${record?.id ?? ''}`;
  const tag = useRef(null);
  const meanwhile = useRef(new Map()); // fields that others changed while the form was open: field → who
  const form = useForm(read(record), async values => {
    const saved = record ? await save() : await create(values);
    form.drop();
    done(saved);
  }, { draft: `${kind}/${record?.id ?? ''}`, secret, shared: Boolean(record) });

  // meet merges the newest version of the record into the form.
  const meet = (now, newer, by) => {
    tag.current = newer;
    return form.meet(read(now), by && people(by));
  };
  const catchUp = async () => {
    const now = await version(path);
    return meet(now.record, now.tag);
  };
  useEffect(() => { if (record) catchUp().catch(() => {}); }, []); // the page may show an older version

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

// asked is thrown when the form has to ask the user: it is not an error to show.
const asked = { status: 412, errors: [], asked: true };
