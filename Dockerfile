# syntax=docker/dockerfile:1
# The image of k8s-mcp: the compiled server, Node, kubectl and helm, and no package manager.
#   docker build -t k8s-mcp .
#   docker build -t k8s-mcp --build-arg PROGRAMS=without .     neither kubectl nor helm
# Where there is no Docker, `npm run image` runs these steps into a folder.

ARG NODE_IMAGE=docker.io/library/node:26-bookworm-slim
ARG GO_IMAGE=docker.io/library/golang:1.26-bookworm
ARG PROGRAMS=with

FROM ${NODE_IMAGE} AS node

# The packages by themselves: they change more rarely than the sources.
FROM node AS packages
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --prefer-offline --no-audit --no-fund

FROM packages AS build
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
COPY routes routes
COPY templates templates
COPY static static
RUN npm run build
# What only compilers and readers of packages need, and programs for other platforms, would be a third of what is left.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund \
  && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.cts' -o -name '*.mts' \) -delete \
  && find node_modules -type d -name prebuilds -prune -exec rm -r {} +

# The same pins and linker flags as those of the test cluster, by the same script.
FROM ${GO_IMAGE} AS programs-with
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /build
COPY test/cluster test/cluster
RUN node test/cluster/build.ts --into /programs kubectl helm

FROM node AS programs-without
RUN mkdir /programs

FROM programs-${PROGRAMS} AS programs

# The file system of the image: what Node needs of Debian, each package with its licence, and an entry that scanners of images read.
# Node's own symbols are for debuggers of Node.
FROM node AS system
RUN apt-get update && apt-get install --yes --no-install-recommends binutils busybox-static ca-certificates libatomic1
WORKDIR /packages
RUN apt-get download base-files busybox-static ca-certificates gcc-12-base libatomic1 libc6 libgcc-s1 libstdc++6
RUN mkdir -p /system/var/lib/dpkg/status.d \
  && for package in *.deb; do \
       dpkg-deb --extract "$package" /system \
       && dpkg-deb --field "$package" > "/system/var/lib/dpkg/status.d/${package%%_*}"; \
     done
WORKDIR /system
RUN rm -r usr/lib/*/gconv usr/share/man usr/share/lintian usr/share/ca-certificates \
  && find usr/share/doc -type f ! -name copyright -delete \
  && mkdir -p data etc/ssl/certs root/.kube usr/local/bin \
  && cp /etc/ssl/certs/ca-certificates.crt etc/ssl/certs/ \
  && strip -o usr/local/bin/node /usr/local/bin/node \
  && for applet in sh cat chmod chown dirname env grep id ls nc rm sort stat timeout tr wget; do ln -s busybox "bin/$applet"; done \
  && printf 'root:x:0:0:root:/root:/bin/sh\nk8s-mcp:x:1000:1000:k8s-mcp:/root:/bin/sh\n' > etc/passwd \
  && printf 'root:x:0:\nk8s-mcp:x:1000:\n' > etc/group \
  && printf 'hosts: files dns\n' > etc/nsswitch.conf \
  # Whichever user runs the server reads its kubeconfig below /root, and makes its data folder, for itself alone, in /data.
  && chmod 0755 root root/.kube \
  && chmod 1777 data tmp

FROM scratch AS image
COPY --from=system /system /
COPY --from=programs /programs /usr/local/bin
COPY --from=build /app/package.json /app/package.json
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
COPY LICENSE NOTICE /app/
COPY --chmod=0755 scripts/image/k8s-mcp.sh /usr/local/bin/k8s-mcp
COPY --chmod=0755 scripts/image/healthy.sh /usr/local/bin/healthy
COPY --chmod=0755 entrypoint.sh /entrypoint.sh

ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root \
    HOST=0.0.0.0 \
    DATA_DIR=/data/k8s-mcp \
    NODE_ENV=production

LABEL org.opencontainers.image.title="k8s-mcp" \
      org.opencontainers.image.description="Kubernetes for AI agents and people: REST and MCP, every change approved by a person." \
      org.opencontainers.image.licenses="Apache-2.0"

USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8008
HEALTHCHECK --interval=15s --timeout=5s --start-period=15s CMD ["healthy"]
ENTRYPOINT ["/entrypoint.sh"]
