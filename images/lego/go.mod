module berth.invalid/lego

go 1.26.0

require github.com/go-acme/lego/v5 v5.6.0

// Put here by the build: the module, with the few providers of DNS in ./providers in the place of all.
replace github.com/go-acme/lego/v5 => ./lego

replace gitlab.com/greyxor/slogor => ./shim
