// Package text holds what models are trained and measured on, and the
// tokenizers that turn it into the ids of a vocabulary.
package text
