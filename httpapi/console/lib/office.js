// The office's clock and calendar, from what the API says of them: the zone data of a browser may be older than the service's,
// and the clock of its machine may be wrong.
import { observable } from './observable.js';

let offsets = []; // {from, minutes}: from that instant on the office's clocks are so far ahead of UTC
let ahead = 0;    // how many milliseconds this machine's clock is behind the service's

export const now = () => Date.now() + ahead;

const minutesAt = at => (offsets.findLast(one => one.from <= at) ?? offsets[0])?.minutes ?? 0;

// A civil time is a day, or a day and a time, in the office.
const civil = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/;

// wall is a time as the office's calendar and clocks show it, a civil time or an instant, in the UTC fields of a Date.
export function wall(time) {
  if (civil.test(time)) return new Date(time.length > 10 ? time + 'Z' : time);
  const at = Number(new Date(time));
  return new Date(at + minutesAt(at) * 60000);
}

// officeDay and officeTime are a time in the office as the API and a browser's fields write it: 2026-11-27, 2026-11-27T09:30.
export const officeDay = (time = now()) => wall(time).toISOString().slice(0, 10);
export const officeTime = time => wall(time).toISOString().slice(0, 16);

// isoDay is the office's date n days from now.
export const isoDay = (days = 0) => new Date(Date.parse(officeDay()) + days * 86400000).toISOString().slice(0, 10);

// daysUntil counts calendar days from today, so that tomorrow is 1 even at midnight less a minute.
export const daysUntil = time => Math.round((Date.parse(officeDay(time)) - Date.parse(officeDay())) / 86400000);

// followUpDay is the day on which a follow-up is wanted: the one that was meant, whatever the clocks have done since.
export const followUpDay = ({ follow_up_local: meant, follow_up_date: at }) => meant?.slice(0, 10) ?? (at && officeDay(at));

// today is the office's day; it passes while the console is open.
export const today = observable(officeDay());

function look() {
  if (officeDay() !== today.get()) today.set(officeDay());
}
setInterval(look, 10000);

export function setOffice({ utc_offsets }) {
  offsets = utc_offsets.map(({ from, minutes }) => ({ from: Date.parse(from), minutes }));
  look();
}

// setClock is told the service's time with each answer. It is in whole seconds, and the answer took some time.
export function setClock(date) {
  const off = Date.parse(date) - now();
  if (Math.abs(off) < 20000 || Number.isNaN(off)) return;
  ahead += off;
  look();
}
