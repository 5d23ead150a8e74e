# The example app of templates/ on tsrv as it is in this checkout.
#
#   docker build -t tsrv-tasks .
#   docker run -p 8080:8080 tsrv-tasks
#
# For a project of your own take the Dockerfile that `tsrv init` puts into it.

FROM node:24-bookworm-slim AS build
WORKDIR /tsrv
COPY package.json package-lock.json ./
# Install scripts would only fetch a second Node.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
# tsrv becomes what a project installs: compiled, packed, and beside the packages that the lockfile names.
RUN npm run build \
 && npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
 && npm pack --ignore-scripts --silent \
 && mkdir -p node_modules/@tsrv/server \
 && tar -xzf tsrv-server-*.tgz -C node_modules/@tsrv/server --strip-components=1 \
 && ln -s ../@tsrv/server/bin/tsrv.js node_modules/.bin/tsrv

FROM node:24-bookworm-slim
ARG TEMPLATE=tasks
WORKDIR /app
# In a container the server listens on all interfaces; what can be reached of it, `docker run -p` decides.
ENV NODE_ENV=production TSRV_HOST=0.0.0.0 PORT=8080 PATH=/app/node_modules/.bin:$PATH
# What the server and the example write; all other files belong to root.
RUN mkdir .tsrv data && chown node:node .tsrv data
COPY --from=build /tsrv/node_modules ./node_modules
COPY templates/$TEMPLATE ./
USER node
VOLUME /app/.tsrv /app/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["tsrv", "status"]
CMD ["tsrv", "start"]
