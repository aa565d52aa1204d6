//! Behaviour tests that every implementation of an outbound port must pass.
