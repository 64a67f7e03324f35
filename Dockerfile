# The server, with the example workflows. Built in one image, run in another that has neither compiler nor tests.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=optional
COPY tsconfig*.json nest-cli.json ./
COPY scripts scripts
COPY src src
COPY examples examples
COPY schemas schemas
RUN npm run build && npm run build:examples
# What a host application brings along is a peer of the library, and a part of the server.
RUN node scripts/server-package.mjs && npm prune --ignore-scripts --omit=dev --omit=optional

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/dist-examples dist-examples
COPY --from=build /app/schemas schemas
COPY config/default.yaml config/default.yaml
COPY config/tasker config/tasker
RUN chmod +x dist/cli/main.js && ln -s /app/dist/cli/main.js /usr/local/bin/tasker
USER node
EXPOSE 3000
# Ready, not merely alive: the database answers, the schema is up to date, the worker takes steps.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/tasker/health/ready').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Tracing is off, and costs nothing, where no OTEL_* variable says where to send it.
CMD ["node", "--require", "./dist/telemetry/preload.js", "dist/server/main.js"]
