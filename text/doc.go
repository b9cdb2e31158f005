// Package text holds what models are trained and measured on.
package text
