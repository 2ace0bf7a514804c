# A worker that serves the examples' workflows. For one of your own, change what is built and what CMD starts.

# Debian, not Alpine: Temporal's native code is linked against glibc.
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npx tsc -p deploy/tsconfig.json

FROM node:20.20.2-bookworm-slim
# Temporal's native code trusts the system's certificates, and the slim image has none: TLS needs them.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
# What the examples import and the package doesn't.
COPY --from=build /app/node_modules/minisearch node_modules/minisearch
COPY --from=build /app/dist dist
COPY --from=build /app/build build
COPY deploy/worker-health.mjs deploy/
USER node
# The server's word that this worker polls its queue. It changes a minute after the fact: so long a poll lasts.
HEALTHCHECK --interval=30s --timeout=10s --start-period=15s --retries=3 CMD ["node", "deploy/worker-health.mjs", "outlast"]
# No npm and no shell in between: SIGTERM has to reach the worker, which then drains.
CMD ["node", "build/worker.js"]
