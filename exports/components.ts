// `berth/components`: everything that runs on a machine that is there. The clouds' hosts have entries of their own,
// because each loads its vendor's SDK.

export { DataFolder, type DataFolderArgs } from "../components/containers/dataFolder.ts";
export { DataVolume, type DataVolumeArgs } from "../components/containers/dataVolume.ts";
export { filesFolder, FileVolume, type FileVolumeArgs } from "../components/containers/fileVolume.ts";
export { GeneratedSecret, type GeneratedSecretArgs } from "../components/containers/generatedSecret.ts";
export { heartbeatHealth, httpHealth, type HealthCheck } from "../components/containers/health.ts";
export { localImages, pulledImages } from "../components/containers/images.ts";
export { Job, type JobArgs } from "../components/containers/job.ts";
export { Jobs } from "../components/containers/jobs.ts";
export { Network, type NetworkArgs } from "../components/containers/network.ts";
export { ReplicatedService, type ReplicatedServiceArgs } from "../components/containers/replicatedService.ts";
export { SharedVolume, type SharedVolumeArgs } from "../components/containers/sharedVolume.ts";
export { StatefulService, type StatefulServiceArgs } from "../components/containers/statefulService.ts";
export type { Attachment, ContainerSpec, Limits, Mount } from "../components/containers/containerSpec.ts";
export type { PublishedPort } from "../components/containers/containerSpec.ts";
export type { ContainerOverride } from "../components/containers/override.ts";
export type { Belonging } from "../components/containers/former.ts";
export type { Logging } from "../components/containers/logDrivers.ts";
export type { Neighbours } from "../components/containers/neighbours.ts";
export type { Scope } from "../components/containers/scope.ts";

export { engineFacts, type EngineFacts } from "../components/hosts/engine.ts";
export { ExistingHost, type ExistingHostArgs } from "../components/hosts/existing/existing.ts";
export { reach } from "../components/hosts/existing/reach.ts";
export { LocalHost, type LocalHostArgs } from "../components/hosts/local/local.ts";
export type { Capacity, Host, OnHost, Publication } from "../components/containers/host.ts";
export { connection, type Connection, type SshTarget } from "../components/ssh/connection.ts";

export { ApplicationJob, type ApplicationJobArgs } from "../services/application/applicationJob.ts";
export { celeryBeat, celeryWorker } from "../services/application/celery.ts";
export { gunicorn } from "../services/application/gunicorn.ts";
export { variables, type Gate, type Link, type Linkable } from "../services/application/link.ts";
export { reloading } from "../services/application/reloading.ts";
export { serviceSettings } from "../services/application/serviceSettings.ts";
export type { ServiceSettings, WantedService } from "../services/application/serviceSettings.ts";
export { onSocket, type SocketFolder } from "../services/application/socket.ts";
export { reloadingUvicorn } from "../services/application/uvicorn.ts";
export type { ApplicationArgs, HttpPeer } from "../services/application/application.ts";
export type { Backend } from "../services/application/backend.ts";

export { Backup, type BackupArgs } from "../services/backup/backup.ts";
export type { BackupSettings, BackupTarget } from "../services/backup/definition.ts";
export type { Kept } from "../services/backup/kept.ts";
export { ObjectStore, type ObjectStoreArgs } from "../services/objectStore/objectStore.ts";
export { postgresExporter } from "../services/postgres/exporter.ts";
export { Postgres, type PostgresArgs, type PostgresMonitor } from "../services/postgres/postgres.ts";
export { nginxExporter } from "../services/proxy/exporter.ts";
export { Nginx, type NginxArgs, type ProxyRoute, type PublicListener } from "../services/proxy/nginx.ts";
export { uploadedFilesHeaders } from "../services/proxy/headers.ts";
export { redisExporter } from "../services/redis/exporter.ts";
export { Redis, type RedisArgs } from "../services/redis/redis.ts";
export { Scheduler } from "../services/scheduler/scheduler.ts";
export { WebService, type WebServiceArgs } from "../services/web/webService.ts";
export { Worker, type WorkerArgs } from "../services/worker/worker.ts";

export { Alertmanager, type AlertmanagerArgs } from "../services/monitoring/alertmanager.ts";
export { alertsYml } from "../services/monitoring/alerts.yml.ts";
export { Exporter, type ExporterArgs, type ExporterMaker } from "../services/monitoring/exporter.ts";
export { Grafana, type GrafanaArgs } from "../services/monitoring/grafana.ts";
export { Monitoring, type MonitoringArgs } from "../services/monitoring/monitoring.ts";
export { Prometheus, type PrometheusArgs } from "../services/monitoring/prometheus.ts";
export type { Contained } from "../services/monitoring/contained.ts";
