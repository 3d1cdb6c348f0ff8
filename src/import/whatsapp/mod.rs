//! WhatsApp's "Export chat".

use super::{Detection, Export, Importer, ReadError, ReadOptions, Sink, Summary};

/// Reads WhatsApp's exports.
pub struct WhatsApp;

impl Importer for WhatsApp {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    fn version(&self) -> u32 {
        1
    }

    fn detect(&self, _export: &Export) -> Detection {
        Detection::No("not read yet".into())
    }

    fn read(
        &self,
        _export: &Export,
        _options: &ReadOptions,
        _sink: &mut dyn Sink,
    ) -> Result<Summary, ReadError> {
        Ok(Summary::default())
    }
}
