//! A combination of variants, and the seed of its random choices.

use std::sync::Arc;

use wsspec_core::Role;
use wsspec_core::endpoint::{ClientConfig, ServerConfig};
use wsspec_vectors::SplitMix64;

use super::application::VariantApplication;
use super::settings::VariantSettings;
use super::variant::Variant;

/// A combination of variants.
#[derive(Debug, Clone)]
pub(in crate::peer) struct ConfiguredVariants {
    settings: Arc<VariantSettings>,
    seed: u64,
}

impl ConfiguredVariants {
    pub(in crate::peer) fn new<'a>(
        variants: impl IntoIterator<Item = &'a Variant>,
        seed: u64,
    ) -> ConfiguredVariants {
        let mut settings = VariantSettings::default();
        for variant in variants {
            variant.apply(&mut settings);
        }
        ConfiguredVariants {
            settings: Arc::new(settings),
            seed,
        }
    }

    pub(in crate::peer) fn settings(&self) -> &VariantSettings {
        &self.settings
    }

    pub(in crate::peer) fn configure_server(&self, config: &mut ServerConfig) {
        config.compression = self.settings.support;
        config.max_head = self.settings.max_head.unwrap_or(config.max_head);
    }

    pub(in crate::peer) fn configure_client(&self, config: &mut ClientConfig) {
        config.compression.clone_from(&self.settings.offers);
    }

    /// The application of one connection.
    pub(in crate::peer) fn application(&self, role: Role, connection: u64) -> VariantApplication {
        let random = SplitMix64(self.seed ^ connection.rotate_left(32));
        VariantApplication::new(self.settings.clone(), role, random)
    }
}
