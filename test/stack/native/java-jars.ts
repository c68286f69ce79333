import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../run-command.js';
import { installOnce } from './install-once.js';
import { ensureTools } from './machine.js';
import type { WayContext } from '../way.js';

interface JarSet {
  readonly name: string;
  /** `group:artifact:version` */
  readonly artifacts: readonly string[];
}

/** Snappy and metrics are `provided` in ZooKeeper's own pom, yet its server loads them; without a binding slf4j logs nothing. */
export const ZOOKEEPER_JARS: JarSet = {
  name: 'zookeeper-3.9.4',
  artifacts: [
    'org.apache.zookeeper:zookeeper:3.9.4',
    'io.dropwizard.metrics:metrics-core:4.1.12.1',
    'org.xerial.snappy:snappy-java:1.1.10.5',
    'org.slf4j:slf4j-simple:2.0.13',
  ],
};

export const KAFKA_JARS: JarSet = {
  name: 'kafka-4.1.0',
  artifacts: ['org.apache.kafka:kafka_2.13:4.1.0', 'org.slf4j:slf4j-simple:1.7.36'],
};

const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';

/** A class path with these artifacts and all they depend on, fetched once by Maven with strict checksums. */
export async function classPath(jars: JarSet, context: WayContext): Promise<string> {
  const { environment, onProgress, signal } = context;
  const folder = await installOnce({
    cacheDir: environment.cacheDir,
    name: jars.name,
    recipe: pomOf(jars) + COPY_JARS,
    onProgress,
    signal,
    build: async (building) => {
      await ensureTools(['java', 'mvn'], context);
      onProgress(`${jars.name}: fetching jars with Maven`);
      const pom = join(building, 'pom.xml');
      await writeFile(pom, pomOf(jars));
      const repository = join(building, 'repository'); // a throw-away one: the user's own stays as it is
      const places = [`-Dmaven.repo.local=${repository}`, `-DoutputDirectory=${join(building, 'jars')}`];
      const quiet = ['-q', '-B', '-Dstyle.color=never'];
      await runCommand(['mvn', ...quiet, '-C', '-f', pom, COPY_JARS, ...places], { env: environment.toolEnv, signal });
      await rm(repository, { recursive: true });
    },
  });
  await ensureTools(['java'], context); // the cache may have come from another machine
  return join(folder, 'jars', '*');
}

function pomOf(jars: JarSet): string {
  const dependencies = jars.artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>mysql-replicator.stack</groupId>
  <artifactId>${jars.name}</artifactId>
  <version>1</version>
  <dependencies>
    ${dependencies.join('\n    ')}
  </dependencies>
</project>
`;
}
