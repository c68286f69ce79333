/**
 * A pipeline's own thread: source, format and sink work here, so that a busy loop costs no ZooKeeper session and one task
 * cannot starve another. It talks to the main thread by the messages of messages.ts only.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { asFailure, Failure } from '../../coordination/failure.js';
import { Lease } from '../../coordination/lease.js';
import { createKafkaSink } from '../sink/kafka-sink.js';
import type { Claim, Durable } from '../sink/sink.js';
import { createMysqlSource } from '../source/mysql-source.js';
import type { FromWorker, PipelineSetup, RunProgress, ToWorker } from './messages.js';
import { runPipeline, unlessStillLeading } from './pipeline.js';
import { createWorkerLog } from './worker-log.js';

/** How often the main thread hears of progress. */
const REPORT_MS = 100;

const port = parentPort;
if (!port) throw new Error('worker.ts runs as a worker thread only');
const setup = workerData as PipelineSetup;
const post = (message: FromWorker) => port.postMessage(message);
const log = createWorkerLog(post);
const { spec } = setup;
const sourceOptions = { task: spec.name, password: setup.sourcePassword, log };
const source = createMysqlSource({ ...sourceOptions, spec: spec.source });
const sink = createKafkaSink({
  task: spec.name,
  spec: spec.sink.kafka,
  password: setup.sinkPassword,
  log,
  version: setup.version,
});
const lease = new Lease(setup.lease);
let stopping = new AbortController();
let lost = new AbortController();
let work: Promise<void> = Promise.resolve();

async function run(from: RunProgress['position']): Promise<void> {
  let reported: RunProgress | undefined;
  let progress: RunProgress | undefined;
  let delivering: number | undefined;
  let [lagMs, reportedLagMs] = [0, 0];
  const lagNow = (eventTime: number) => Math.max(0, Date.now() - eventTime);
  const report = () => {
    if (progress !== undefined && progress !== reported) post({ type: 'progress', progress });
    reported = progress;
    // A write that hangs shows as a lag that grows.
    const lag = delivering === undefined ? lagMs : Math.max(lagMs, lagNow(delivering));
    if (lag !== reportedLagMs) post({ type: 'lag', lagMs: lag });
    reportedLagMs = lag;
  };
  const timer = setInterval(report, REPORT_MS);
  let [rows, bytes] = [0, 0];
  try {
    await runPipeline(
      {
        source,
        sink,
        lease,
        delivering: (eventTime) => (delivering = eventTime),
        delivered: (chunk) => {
          delivering = undefined;
          lagMs = lagNow(chunk.eventTime);
          rows += chunk.rows;
          bytes += chunk.bytes;
          progress = { ...chunk, rows, bytes };
        },
      },
      from,
      { lost: lost.signal, stopping: stopping.signal },
    );
  } finally {
    clearInterval(timer);
    report();
  }
}

/** The sink is claimed by whoever can prove that it leads; what the receiver refuses all the same, it refuses by itself. */
async function claim(wanted: Claim): Promise<Durable> {
  try {
    await sink.open(stopping.signal);
    if (!lease.holds()) throw new Failure('lead-lost', 'the session lease is over, so the sink was not claimed');
    return await sink.claim(wanted, stopping.signal);
  } catch (error) {
    await sink.close();
    throw unlessStillLeading(error, lease);
  }
}

async function answer(request: ToWorker): Promise<FromWorker> {
  try {
    switch (request.type) {
      case 'prepare':
        await source.prepare(stopping.signal);
        await sink.open(stopping.signal);
        return { type: 'done' };
      case 'locate': {
        const located = createMysqlSource({ ...sourceOptions, spec: spec.source, from: request.from });
        try {
          return { type: 'done', found: { position: await located.start(stopping.signal) } };
        } finally {
          await located.close();
        }
      }
      case 'claim':
        return { type: 'done', found: await claim(request.claim) };
      case 'run':
        await run(request.from);
        return { type: 'done' };
      case 'close':
        await sink.close();
        await source.close();
        return { type: 'done' };
      case 'stop':
      case 'lost':
        return { type: 'done' };
    }
  } catch (error) {
    const { kind, message, place, remedy } = asFailure(error);
    if (kind === 'internal') log.error({ err: error }, 'unexpected error in the pipeline');
    return { type: 'done', failure: { kind, message, place, remedy } };
  }
}

port.on('message', (request: ToWorker) => {
  if (request.type === 'stop') return stopping.abort();
  if (request.type === 'lost') return lost.abort();
  // A `stop` that came too late for the request before must not touch this one.
  stopping = new AbortController();
  lost = new AbortController();
  work = work.then(async () => {
    post(await answer(request));
    if (request.type === 'close') port.close();
  });
});
