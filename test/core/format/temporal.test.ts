import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateJson, datetimeMicros, datetimeMillis, timeMicros, timestampJson } from '../../../core/format/temporal.js';

test('dates and datetimes agree with the calendar of JavaScript over all of MySQL’s years', () => {
  const first = Date.UTC(1000, 0, 1);
  const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  for (let i = 0; i <= 20_000; i++) {
    const millis = Math.trunc(first + ((last - first) / 20_000) * i);
    const text = new Date(millis).toISOString().replace('T', ' ').replace('Z', '');
    assert.equal(dateJson(text.slice(0, 10)), String(Math.floor(millis / 86_400_000)), text);
    assert.equal(datetimeMillis(text), String(millis), text);
    assert.equal(datetimeMicros(`${text}456`), String(BigInt(millis) * 1000n + 456n), text);
  }
});

test('leap days, the day before and the day after', () => {
  assert.equal(dateJson('1970-01-01'), '0');
  assert.equal(dateJson('1969-12-31'), '-1');
  assert.equal(dateJson('2000-02-29'), '11016');
  assert.equal(dateJson('2000-03-01'), '11017');
  assert.equal(dateJson('1900-02-28'), '-25509');
  assert.equal(dateJson('1900-03-01'), '-25508');
});

test('fractions of every width', () => {
  assert.equal(datetimeMillis('2025-10-09 08:53:20'), '1760000000000');
  assert.equal(datetimeMillis('2025-10-09 08:53:20.1'), '1760000000100');
  assert.equal(datetimeMillis('2025-10-09 08:53:20.12'), '1760000000120');
  assert.equal(datetimeMicros('2025-10-09 08:53:20.0001'), '1760000000000100');
  assert.equal(datetimeMicros('1969-12-31 23:59:59.999999'), '-1');
  assert.equal(timestampJson('2025-10-09 08:53:20'), '"2025-10-09T08:53:20Z"');
  assert.equal(timestampJson('2025-10-09 08:53:20.120'), '"2025-10-09T08:53:20.120Z"');
});

test('what no calendar has is undefined', () => {
  for (const zero of ['0000-00-00', '2025-00-10', '2025-10-00']) {
    assert.equal(dateJson(zero), undefined);
    assert.equal(datetimeMillis(`${zero} 00:00:00`), undefined);
    assert.equal(datetimeMicros(`${zero} 00:00:00.000000`), undefined);
    assert.equal(timestampJson(`${zero} 00:00:00`), undefined);
  }
});

test('TIME over its whole range', () => {
  assert.equal(timeMicros('00:00:00'), '0');
  assert.equal(timeMicros('-00:00:00.000001'), '-1');
  assert.equal(timeMicros('00:00:01.5'), '1500000');
  assert.equal(timeMicros('838:59:59.000000'), '3020399000000');
  assert.equal(timeMicros('-838:59:59'), '-3020399000000');
});
