const made = new Map<string, Intl.DateTimeFormat>();

function dates(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = `${language} ${JSON.stringify(options)}`;
  let format = made.get(name);
  if (format === undefined) made.set(name, (format = new Intl.DateTimeFormat(language, options)));
  return format;
}

/** Date, time to the second, and zone. */
export function moment(language: string, at: number): string {
  return dates(language, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
  }).format(at);
}

export function timeOfDay(language: string, at: number): string {
  return dates(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);
}

export function hourAndMinute(language: string, at: number): string {
  return dates(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
}

export function dayAndTime(language: string, at: number): string {
  return dates(language, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).format(at);
}
