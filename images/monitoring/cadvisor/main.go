// The part of cAdvisor that Berth asks for, on its own library: the command is a module of its own without a published
// version (https://github.com/google/cadvisor/blob/v0.52.1/cmd/go.mod). Same flags, same paths, same numbers, from the
// kernel's control groups alone.
package main

import (
	"flag"
	"net/http"
	"strings"
	"time"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// How long numbers of a container are remembered, and how often all containers are looked for anew.
const (
	remembered      = 2 * time.Minute
	longestInterval = time.Minute
)

func main() {
	klog.InitFlags(nil)
	port := flag.String("port", "8080", "port to listen on")
	prefixes := flag.String("raw_cgroup_prefix_whitelist", "", "prefixes of control groups to tell of, besides the root's, by commas")
	var disabled container.MetricSet
	flag.Var(&disabled, "disable_metrics", "kinds of metrics not to collect, by commas")
	flag.Parse()

	included := container.AllMetrics.Difference(disabled)
	watching, err := watch(included, strings.Split(*prefixes, ","))
	if err != nil {
		klog.Exitf("cadvisor: %v", err)
	}
	klog.Exitf("cadvisor: %v", http.ListenAndServe(":"+*port, pages(watching, included)))
}

func watch(included container.MetricSet, prefixes []string) (manager.Manager, error) {
	longest, dynamic := longestInterval, true
	housekeeping := manager.HousekeepingConfig{Interval: &longest, AllowDynamic: &dynamic}
	watching, err := manager.New(
		memory.New(remembered, nil), sysfs.NewRealSysFs(), housekeeping, included, http.DefaultClient, prefixes, nil, "", 0)
	if err != nil {
		return nil, err
	}
	return watching, watching.Start()
}

func pages(watching manager.Manager, included container.MetricSet) http.Handler {
	// What the command's own handler asks for, so that Prometheus sees a container as long as it is there.
	options := v2.RequestOptions{IdType: v2.TypeName, Count: 1, Recursive: true}
	numbers := prometheus.NewRegistry()
	numbers.MustRegister(
		metrics.NewPrometheusCollector(watching, metrics.DefaultContainerLabels, included, clock.RealClock{}, options),
		metrics.NewPrometheusMachineCollector(watching, included),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(numbers, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	mux.HandleFunc("/healthz", func(writer http.ResponseWriter, _ *http.Request) {
		_, _ = writer.Write([]byte("ok"))
	})
	return mux
}
