# The project's own image: `docker run mysql-replicator core --task …`. SIGTERM stops a Core in order; killed alone, it leaves its lead to a
# standby by its guard, and the container ends with 137 for the restart policy.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
# The zookeeper package compiles its C client against the headers that come with the Node of the image.
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
ENV npm_config_nodedir=/usr/local
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY bin bin
COPY coordination coordination
COPY core core
RUN npx tsc -p tsconfig.json --incremental false --sourceMap false
# What only building needed does not go into the image that runs.
RUN npm prune --omit=dev \
 && cd node_modules/zookeeper \
 && rm -rf deps examples prebuilds src tests build/Release/obj.target build/Release/.deps

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin/mysql-replicator bin/
# For `docker exec … mysql-replicator task list`.
ENV PATH=/app/bin:$PATH
USER node
ENTRYPOINT ["mysql-replicator"]
CMD ["--help"]
