# The server of exported models, for a container.
#
#   docker build -t ashlar .
#   docker run -p 8000:8000 -v "$PWD/models:/models:ro" ashlar
#
# /models is a repository in Triton's layout, as `ashlar export --triton models` writes it. For a single file, name it:
#
#   docker run -p 8000:8000 -v "$PWD/digits.onnx:/digits.onnx:ro" ashlar /digits.onnx --host 0.0.0.0

FROM node:22-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN node scripts/pnpm.js install --frozen-lockfile
RUN node scripts/build.js
RUN node scripts/pnpm.js --filter @ashlar/cli deploy --prod --legacy /app

FROM node:22-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /app /app
USER node
WORKDIR /home/node
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:8000/v2/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Answers what is under way, then ends.
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "/app/dist/bin.js", "serve"]
CMD ["/models", "--host", "0.0.0.0"]
