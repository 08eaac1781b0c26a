#pragma once

// Preprocessor tools for the tables functions.def: a row's parameters are given as (type, name) pairs.

#define VGPU_PARENTHESES ()
#define VGPU_EXPAND(...) VGPU_EXPAND_3(VGPU_EXPAND_3(VGPU_EXPAND_3(__VA_ARGS__)))
#define VGPU_EXPAND_3(...) VGPU_EXPAND_2(VGPU_EXPAND_2(VGPU_EXPAND_2(__VA_ARGS__)))
#define VGPU_EXPAND_2(...) __VA_ARGS__
#define VGPU_STEP(macro, pair, ...) macro pair __VA_OPT__(, VGPU_AGAIN VGPU_PARENTHESES(macro, __VA_ARGS__))
#define VGPU_AGAIN() VGPU_STEP
// macro(type, name) of each pair, separated by commas.
#define VGPU_EACH(macro, ...) __VA_OPT__(VGPU_EXPAND(VGPU_STEP(macro, __VA_ARGS__)))

#define VGPU_DECLARE_PARAMETER(type, name) type name
#define VGPU_NAME_PARAMETER(type, name) name
#define VGPU_QUOTE_PARAMETER(type, name) #name

// "type name, type name"; "name, name"; "\"name\", \"name\"".
#define VGPU_PARAMETERS(...) VGPU_EACH(VGPU_DECLARE_PARAMETER, __VA_ARGS__)
#define VGPU_ARGUMENTS(...) VGPU_EACH(VGPU_NAME_PARAMETER, __VA_ARGS__)
#define VGPU_COMMA_ARGUMENTS(...) __VA_OPT__(, VGPU_ARGUMENTS(__VA_ARGS__))

#define VGPU_EXPORT extern "C" __attribute__((visibility("default")))
