// The office's clock and calendar, as the API states them. The browser's own are not used: its time zone data may be older than the
// service's, and the clock of its machine may be wrong.
import { observable } from './observable.js';

let offsets = []; // {from, minutes}: from this instant on, the office's clocks are so many minutes ahead of UTC
let ahead = 0;    // ms that the service's clock is ahead of this machine's

export const now = () => Date.now() + ahead;

const minutesAt = at => (offsets.findLast(one => one.from <= at) ?? offsets[0])?.minutes ?? 0;

// A civil time is a day, or a day with a time, in the office.
const civil = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/;

// wall returns a Date whose UTC fields are what the office's calendar and clocks show at a time (a civil time or an instant).
export function wall(time) {
  if (civil.test(time)) return new Date(time.length > 10 ? time + 'Z' : time);
  const at = Number(new Date(time));
  return new Date(at + minutesAt(at) * 60000);
}

// officeDay and officeTime return a time in the office as the API and date fields write it: 2026-11-27, 2026-11-27T09:30.
export const officeDay = (time = now()) => wall(time).toISOString().slice(0, 10);
export const officeTime = time => wall(time).toISOString().slice(0, 16);

// isoDay returns the office's date in a number of days.
export const isoDay = (days = 0) => new Date(Date.parse(officeDay()) + days * 86400000).toISOString().slice(0, 10);

// daysUntil returns the calendar days from today to a time: tomorrow is 1, even one minute before midnight.
export const daysUntil = time => Math.round((Date.parse(officeDay(time)) - Date.parse(officeDay())) / 86400000);

// followUpDay returns the day of a follow-up. It is the day that was chosen, even if the zone's rules have changed since.
export const followUpDay = ({ follow_up_local: meant, follow_up_date: at }) => meant?.slice(0, 10) ?? (at && officeDay(at));

// today is the office's date. It changes while the console is open.
export const today = observable(officeDay());

function update() {
  if (officeDay() !== today.get()) today.set(officeDay());
}
setInterval(update, 10000);

export function setOffice({ utc_offsets }) {
  offsets = utc_offsets.map(({ from, minutes }) => ({ from: Date.parse(from), minutes }));
  update();
}

// setClock corrects the clock by the service's time, which is in the header of each answer. It ignores small differences, because that
// time is in whole seconds and the answer took a while.
export function setClock(date) {
  const off = Date.parse(date) - now();
  if (Math.abs(off) < 20000 || Number.isNaN(off)) return;
  ahead += off;
  update();
}
