# The image of Fairlead: Node, the libraries it is linked with, and the bundle. No shell, no package manager, no root.
# Each step is a script that the tests run too: deploy/image.
ARG NODE=24.21.0-bookworm-slim

FROM node:${NODE} AS build
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY controllers controllers
COPY deploy/image deploy/image
COPY deploy/samples deploy/samples
RUN ["node", "deploy/image/rootfs.mjs", "/image"]
RUN ["node", "deploy/image/bundle.mjs", "/app"]
RUN ["chown", "-R", "65532:65532", "/app"]
# Compiled where it will lie, by the user and the Node that will run it: Node keeps compiled code per path, user and version.
USER 65532:65532
RUN ["node", "deploy/image/warm.mjs", "/app"]

FROM scratch
LABEL org.opencontainers.image.title="fairlead" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
COPY --from=build --chown=0:0 /app /app
USER 65532:65532
WORKDIR /app
ENV NODE_ENV=production
EXPOSE 8080
ENTRYPOINT ["/bin/node", "/app/fairlead.mjs"]
CMD ["run"]
