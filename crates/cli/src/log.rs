//! Where lines of the log go, and spans if they are asked for.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{Config, LogFormat};

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Ends what sends spans, so that none is lost, when it is dropped.
pub struct Log {
    #[cfg(feature = "otlp")]
    spans: Option<opentelemetry_sdk::trace::SdkTracerProvider>,
}

#[cfg(feature = "otlp")]
impl Drop for Log {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.spans.take().map(|spans| spans.shutdown()) {
            eprintln!("postrider: the last spans could not be sent: {error}");
        }
    }
}

/// Begins to log, to standard error.
///
/// # Errors
/// If a setting of the log is wrong, or spans are asked for of a program that was built without them.
pub fn begin(config: &Config) -> anyhow::Result<Log> {
    let filter = EnvFilter::try_new(&config.log.filter)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines: Boxed = match config.log.format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    };
    let endpoint = config.traces.otlp_endpoint.trim();
    if endpoint.is_empty() {
        tracing_subscriber::registry().with(lines).init();
        return Ok(Log {
            #[cfg(feature = "otlp")]
            spans: None,
        });
    }
    sending(endpoint, lines)
}

#[cfg(not(feature = "otlp"))]
fn sending(_: &str, _: Boxed) -> anyhow::Result<Log> {
    anyhow::bail!(
        "traces.otlp_endpoint is set, and this program was built without the feature `otlp`: empty it, or build with `--features otlp`"
    )
}

/// Which spans are sent: ours. Those of the libraries below, the sender's own among them, are not.
#[cfg(feature = "otlp")]
const SENT: &str = "off,postrider_web=debug,postrider_engine=debug,postrider_provider=debug,postrider::delivery=info";

#[cfg(feature = "otlp")]
fn sending(endpoint: &str, lines: Boxed) -> anyhow::Result<Log> {
    use anyhow::Context as _;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;

    postrider_provider::http::install_crypto();
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .context("traces.otlp_endpoint")?;
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("postrider").with_attribute(version).build())
        .build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("postrider"))
        .with_filter(EnvFilter::new(SENT));
    tracing_subscriber::registry().with(lines).with(spans).init();
    Ok(Log { spans: Some(provider) })
}
