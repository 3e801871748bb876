# Build:  docker build -t busbar .
# Run:    docker run --init -p 1883:1883 -v busbar-state:/var/lib/busbar busbar
# Meter:  add --device /dev/serial/by-id/... --group-add dialout and -v ./house.yaml:/etc/busbar/house.yaml
FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
WORKDIR /opt/busbar
COPY --from=build /build/package.json ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /build/config ./config
RUN install -d -o node -g node /var/lib/busbar
USER node
ENV NODE_ENV=production STATE_DIRECTORY=/var/lib/busbar
VOLUME /var/lib/busbar
EXPOSE 1883
ENTRYPOINT ["node", "/opt/busbar/dist/busbar.js"]
CMD ["run"]
