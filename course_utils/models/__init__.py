"""What answers: one family a module, each network on one screen.

A network's function returns an uncompiled Keras model. Read first: :mod:`.embedding`,
:mod:`.autoencoders`, :mod:`.losses`, :mod:`.baselines`.
"""

import lazy_loader

# Each name is resolved at first use: importing this room loads nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=[
        "autoencoder_variants",
        "autoencoders",
        "baselines",
        "embedding",
        "folding",
        "item2vec",
        "losses",
        "optimizers",
        "self_attention",
        "sparse",
        "transformer",
        "two_sided",
    ],
    submod_attrs={
        "baselines": [
            "bias_model",
            "ease",
            "global_mean",
            "item_knn",
            "movie_mean",
            "popularity",
            "user_mean",
        ],
        "embedding": ["biased_dot", "concat_mlp", "dot"],
        "autoencoders": ["autorec", "deep_autoencoder", "on_rows", "signal_by_layer"],
        "autoencoder_variants": ["DenseRefeeding", "autoencoder_with_features", "masked_autorec"],
        "losses": ["masked_mse", "masked_sse"],
        "optimizers": ["FusedAdam", "LazyAdamax"],
        "self_attention": ["causal_mask", "full_cross_entropy", "one_negative", "sasrec"],
        "sparse": ["observed_sse", "sparse_autorec"],
        "transformer": ["bst", "residual_transformer", "start_from"],
        "two_sided": ["two_sided_autorec"],
    },
)
