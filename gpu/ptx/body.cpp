#include "gpu/ptx/body.h"

#include <algorithm>
#include <unordered_map>

#include "gpu/ptx/declaration.h"
#include "gpu/ptx/function_builder.h"
#include "gpu/ptx/lexer.h"
#include "gpu/ptx/modifiers.h"
#include "gpu/ptx/number.h"
#include "gpu/ptx/operands.h"
#include "gpu/ptx/scope.h"
#include "gpu/ptx/verify.h"

namespace vgpu::ptx {
namespace {

constexpr std::size_t kMostInstructions = 1u << 22;
constexpr std::size_t kDeepestScope = 256;
constexpr std::size_t kDeepestCall = 64;
constexpr std::size_t kMostOperands = 255;

std::string at_line(std::uint32_t line) {
  return "line " + std::to_string(line) + ": ";
}

// The type of literals among the operands of an operation.
Type literal_type(const Instruction& instruction, std::size_t operand) {
  if (instruction.op == Opcode::Slct) return instruction.types[operand == 3 ? 1 : 0];
  Type type = Type::B32;
  for (const Type named : instruction.types) {
    if (named != Type::None) type = named;
  }
  return type;
}

struct Guard {
  std::uint32_t reg = kNoRegister;
  bool negated = false;
};

class BodyParser {
 public:
  explicit BodyParser(const Module& module) : module_(module), operands_(module, function_, scopes_) {}

  Expected<Function> parse(const EntrySignature& entry) {
    function_.name = entry.name;
    function_.is_entry = true;
    function_.variables = entry.parameters;
    function_.parameter_size = entry.parameter_size;
    scopes_.open(true);
    for (std::uint32_t i = 0; i < entry.parameters.size(); ++i) {
      scopes_.innermost().symbols[entry.parameters[i].name] = {Symbol::Kind::Variable, i};
    }
    Lexer lexer(entry.text, entry.line);
    while (lexer.peek().kind != Token::Kind::End && !lexer.peek().is('{')) lexer.next();
    lexer.next();
    if (auto done = statements(lexer); !done) return std::unexpected(done.error());
    if (auto done = builder_.close_scope(); !done) return std::unexpected(done.error());
    return builder_.finish();
  }

 private:
  // Up to the closing brace, which it takes.
  Expected<void> statements(Lexer& lexer) {
    while (!lexer.accept('}')) {
      if (lexer.peek().kind == Token::Kind::End) return failure(expected_message("\"}\"", lexer.peek()));
      if (auto done = statement(lexer); !done) return done;
    }
    return {};
  }

  Expected<void> statement(Lexer& lexer) {
    if (lexer.accept(';')) return {};
    if (lexer.peek().is('{')) {
      if (scopes_.depth() >= kDeepestScope) return failure(at_line(lexer.peek().line) + "braces nested too deeply");
      lexer.next();
      scopes_.open(false);
      if (auto done = statements(lexer); !done) return done;
      return builder_.close_scope();
    }
    if (lexer.peek().kind == Token::Kind::Directive) return directive(lexer);
    Guard guard;
    if (lexer.accept('@')) {
      guard.negated = lexer.accept('!');
      const auto predicate = operands_.resolve(lexer.next());
      if (!predicate) return std::unexpected(predicate.error());
      const bool is_predicate =
          predicate->kind == Operand::Kind::Register && function_.registers[predicate->index] == Type::Pred;
      if (!is_predicate) return failure(expected_message("a predicate register before this", lexer.peek()));
      guard.reg = predicate->index;
    }
    const Token word = lexer.next();
    if (word.kind != Token::Kind::Word) return failure(expected_message("an instruction", word));
    if (guard.reg == kNoRegister && lexer.accept(':')) return label(lexer, word);
    return instruction(lexer, word, guard);
  }

  Expected<void> directive(Lexer& lexer) {
    const Token token = lexer.next();
    if (token.text == ".reg") return registers(lexer);
    if (token.text == ".loc" || token.text == ".file") {
      lexer.skip_line_of(token);
      return {};
    }
    if (token.text == ".pragma") return skip_to_semicolon(lexer);
    const auto space = space_of_directive(token.text);
    if (!space) return failure(expected_message("a directive of a function", token));
    if (*space == Space::Global || *space == Space::Const) {
      return failure(at_line(token.line) + '"' + std::string(token.text) + "\" variable inside a function");
    }
    return variables(lexer, *space);
  }

  Expected<void> registers(Lexer& lexer) {
    const Token type_token = lexer.next();
    const Type type = type_token.kind == Token::Kind::Directive ? find_type(type_token.text.substr(1)) : Type::None;
    if (type == Type::None) return failure(expected_message("a register type", type_token));
    do {
      const Token name = lexer.next();
      if (name.kind != Token::Kind::Word) return failure(expected_message("a register name", name));
      std::uint64_t count = 1;
      const bool is_range = lexer.accept('<');
      if (is_range) {
        const auto number = parse_number(lexer.peek().text);
        if (!number || number->kind != Number::Kind::Integer) return failure(expected_message("a count", lexer.peek()));
        lexer.next();
        if (!lexer.accept('>')) return failure(expected_message("\">\"", lexer.peek()));
        count = number->bits;
      }
      if (auto done = builder_.declare_registers(name.text, type, count, is_range); !done) {
        return failure(at_line(name.line) + done.error().message);
      }
    } while (lexer.accept(','));
    return semicolon(lexer);
  }

  Expected<void> variables(Lexer& lexer, Space space) {
    const char* const where = lexer.peek().text.data();
    auto declared = parse_variables(lexer, space);
    if (!declared) return std::unexpected(declared.error());
    builder_.declare_variables(std::move(*declared), where);
    return semicolon(lexer);
  }

  Expected<void> label(Lexer& lexer, const Token& name) {
    if (lexer.accept_directive(".branchtargets")) {
      std::vector<std::string_view>& labels = scopes_.innermost().branch_targets[name.text];
      do labels.push_back(lexer.next().text);
      while (lexer.accept(','));
      return semicolon(lexer);
    }
    if (lexer.accept_directive(".callprototype") || lexer.accept_directive(".calltargets")) {
      return skip_to_semicolon(lexer);
    }
    const bool is_new = scopes_.innermost().labels.emplace(name.text, builder_.next_instruction()).second;
    if (!is_new) return failure(at_line(name.line) + "label \"" + std::string(name.text) + "\" stands twice");
    return {};
  }

  Expected<void> instruction(Lexer& lexer, const Token& word, Guard guard) {
    const auto decoded = decode(lexer, word);
    if (!decoded) return std::unexpected(decoded.error());
    if (function_.instructions.size() >= kMostInstructions)
      return failure(at_line(word.line) + "too many instructions");
    Instruction instruction = (*decoded)->prototype;
    instruction.guard = guard.reg;
    instruction.guard_negated = guard.negated;
    instruction.line = word.line;
    switch (instruction.op) {
      case Opcode::Bra:
        return branch(lexer, instruction);
      case Opcode::Brx:
        return indexed_branch(lexer, instruction);
      case Opcode::Call:
        return call(lexer, instruction);
      case Opcode::Ret:
        if (!returns_.empty()) {
          instruction.op = Opcode::Bra;
          returns_.back().push_back(builder_.next_instruction());
        }
        builder_.add(instruction, {}, {});
        return semicolon(lexer);
      default:
        return plain(lexer, instruction, (*decoded)->cache_policy);
    }
  }

  // Decoded opcodes are kept: a body has few different ones.
  Expected<const DecodedOpcode*> decode(Lexer& lexer, const Token& word) {
    std::string_view opcode = word.text;
    if (lexer.peek().kind == Token::Kind::Directive) {
      std::string joined(word.text);
      while (lexer.peek().kind == Token::Kind::Directive) joined += lexer.next().text;
      opcode = builder_.keep(std::move(joined));
    }
    const auto known = opcodes_.find(opcode);
    if (known != opcodes_.end()) return &known->second;
    const auto decoded = decode_opcode(opcode);
    if (!decoded) return failure(at_line(word.line) + decoded.error().message);
    return &opcodes_.emplace(opcode, *decoded).first->second;
  }

  Expected<void> plain(Lexer& lexer, Instruction& instruction, bool cache_policy) {
    std::vector<Operand>& list = scratch_;
    list.clear();
    const OpcodeInfo& info = opcode_info(instruction.op);
    const bool reduces = instruction.barrier >= BarrierOperation::ReducePopc;
    const std::size_t destinations = reduces ? 1 : info.destinations;
    std::size_t written = 0;
    std::size_t opened = 0;  // operands that the destinations open into
    std::size_t last_start = 0;
    if (!lexer.peek().is(';')) {
      do {
        last_start = list.size();
        if (auto done = operands_.parse(lexer, literal_type(instruction, written), list); !done) return done;
        if (++written == destinations) opened = list.size();
      } while (lexer.accept(','));
    }
    if (cache_policy && written > destinations) {
      list.resize(last_start);
      --written;
    }
    if (list.size() > kMostOperands) return failure(at_line(instruction.line) + "too many operands");
    const std::size_t sources = written < destinations ? 0 : written - destinations;
    if (written < destinations || sources < info.least_sources || sources > info.most_sources) {
      return failure(at_line(instruction.line) + '"' + std::string(info.mnemonic) + "\" with " +
                     std::to_string(written) + " operands");
    }
    const std::span<const Operand> all(list);
    builder_.add(instruction, all.first(opened), all.subspan(opened));
    if (auto done = verify(function_, function_.instructions.back()); !done) {
      return failure(at_line(instruction.line) + done.error().message);
    }
    if (instruction.op == Opcode::Bar) function_.uses_barriers = true;
    return semicolon(lexer);
  }

  Expected<void> branch(Lexer& lexer, const Instruction& instruction) {
    const Token target = lexer.next();
    if (target.kind != Token::Kind::Word) return failure(expected_message("a label", target));
    builder_.branch_to_label(target.text, 0, target.line);
    builder_.add(instruction, {}, {});
    return semicolon(lexer);
  }

  Expected<void> indexed_branch(Lexer& lexer, const Instruction& instruction) {
    scratch_.clear();
    if (auto done = operands_.parse(lexer, Type::U32, scratch_); !done) return done;
    if (!lexer.accept(',')) return failure(expected_message("\",\"", lexer.peek()));
    const Token table = lexer.next();
    const std::vector<std::string_view>* labels = scopes_.find_branch_targets(table.text);
    if (labels == nullptr) return failure(expected_message("the name of a .branchtargets list", table));
    for (std::uint32_t slot = 0; slot < labels->size(); ++slot) {
      builder_.branch_to_label((*labels)[slot], slot, table.line);
    }
    builder_.add(instruction, {}, scratch_);
    return semicolon(lexer);
  }

  Expected<void> call(Lexer& lexer, const Instruction& instruction) {
    std::vector<Operand> results;
    std::vector<Operand> arguments;
    if (lexer.peek().is('(')) {
      if (auto done = argument_list(lexer, results); !done) return done;
      if (!lexer.accept(',')) return failure(expected_message("\",\"", lexer.peek()));
    }
    const Token name = lexer.next();
    if (lexer.accept(',') && lexer.peek().is('(')) {
      if (auto done = argument_list(lexer, arguments); !done) return done;
      if (lexer.accept(',')) lexer.next();
    }
    if (results.size() + arguments.size() >= kMostOperands) return failure(at_line(name.line) + "too many operands");
    const DeviceFunction* callee = module_.find_function(name.text);
    if (callee == nullptr) {
      const char* what = scopes_.find(name.text) ? "indirect call through \"" : "call of unknown function \"";
      return failure(at_line(name.line) + what + std::string(name.text) + '"');
    }
    if (!callee->body.empty()) {
      if (auto done = inline_call(instruction, *callee, results, arguments); !done) return done;
      return semicolon(lexer);
    }
    const auto found = std::ranges::find(function_.callees, callee->name);
    Operand target{.kind = Operand::Kind::Function};
    target.index = static_cast<std::uint32_t>(found - function_.callees.begin());
    if (found == function_.callees.end()) function_.callees.push_back(callee->name);
    arguments.insert(arguments.begin(), target);
    builder_.add(instruction, results, arguments);
    return semicolon(lexer);
  }

  Expected<void> argument_list(Lexer& lexer, std::vector<Operand>& arguments) {
    lexer.next();
    if (lexer.accept(')')) return {};
    do {
      if (auto done = operands_.parse(lexer, Type::B64, arguments); !done) return done;
    } while (lexer.accept(','));
    if (!lexer.accept(')')) return failure(expected_message("\")\"", lexer.peek()));
    return {};
  }

  // Parses the callee's body here. Its parameters are the caller's `.param` variables themselves.
  Expected<void> inline_call(const Instruction& instruction, const DeviceFunction& callee,
                             const std::vector<Operand>& results, const std::vector<Operand>& arguments) {
    const std::string context = at_line(instruction.line) + "call of \"" + callee.name + "\"";
    if (std::ranges::find(callees_, &callee) != callees_.end()) return failure(context + " is recursive");
    if (callees_.size() >= kDeepestCall) return failure(context + " is nested too deeply");
    if (results.size() != callee.results.size() || arguments.size() != callee.parameters.size()) {
      return failure(context + " with the wrong number of parameters");
    }
    const std::uint32_t skip = builder_.next_instruction();
    if (instruction.guard != kNoRegister) {
      Instruction jump = instruction;
      jump.op = Opcode::Bra;
      jump.guard_negated = !jump.guard_negated;
      builder_.add(jump, {}, {});
    }
    NameScope bound;
    bound.is_function = true;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const std::uint32_t variable = parameter_variable(callee.parameters[i], arguments[i]);
      bound.symbols[callee.parameters[i].name] = {Symbol::Kind::Variable, variable};
      if (arguments[i].kind != Operand::Kind::Variable) store_argument(instruction, variable, arguments[i]);
    }
    for (std::size_t i = 0; i < results.size(); ++i) {
      bound.symbols[callee.results[i].name] = {Symbol::Kind::Variable,
                                               parameter_variable(callee.results[i], results[i])};
    }
    const auto result_symbols = bound.symbols;
    callees_.push_back(&callee);
    returns_.emplace_back();
    scopes_.open(true);
    scopes_.innermost() = std::move(bound);
    Lexer lexer(callee.body, callee.line);
    lexer.next();
    if (auto done = statements(lexer); !done) return failure(context + ", " + done.error().message);
    if (auto done = builder_.close_scope(); !done) return failure(context + ", " + done.error().message);
    for (const std::uint32_t from : returns_.back()) builder_.branch_here(from);
    returns_.pop_back();
    callees_.pop_back();
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (results[i].kind != Operand::Kind::Register) continue;
      load_result(instruction, result_symbols.at(callee.results[i].name).index, results[i]);
    }
    if (instruction.guard != kNoRegister) builder_.branch_here(skip);
    return {};
  }

  std::uint32_t parameter_variable(const Variable& formal, const Operand& actual) {
    if (actual.kind == Operand::Kind::Variable) return actual.index;
    Variable& variable = function_.variables.emplace_back(formal);
    variable.local_param = true;
    return static_cast<std::uint32_t>(function_.variables.size() - 1);
  }

  void store_argument(const Instruction& call, std::uint32_t variable, const Operand& value) {
    Instruction store;
    store.op = Opcode::St;
    store.space = Space::Param;
    store.types[0] = function_.variables[variable].type;
    store.line = call.line;
    const Operand operands[] = {{.kind = Operand::Kind::Variable, .index = variable}, value};
    builder_.add(store, {}, operands);
  }

  void load_result(const Instruction& call, std::uint32_t variable, const Operand& destination) {
    Instruction load;
    load.op = Opcode::Ld;
    load.space = Space::Param;
    load.types[0] = function_.variables[variable].type;
    load.line = call.line;
    const Operand source{.kind = Operand::Kind::Variable, .index = variable};
    builder_.add(load, {&destination, 1}, {&source, 1});
  }

  static Expected<void> semicolon(Lexer& lexer) {
    if (lexer.accept(';')) return {};
    return failure(expected_message("\";\"", lexer.peek()));
  }

  static Expected<void> skip_to_semicolon(Lexer& lexer) {
    while (lexer.peek().kind != Token::Kind::End && !lexer.peek().is(';')) lexer.next();
    return semicolon(lexer);
  }

  const Module& module_;
  FunctionBuilder builder_;
  Function& function_ = builder_.function();
  Scopes& scopes_ = builder_.scopes();
  OperandParser operands_;
  std::unordered_map<std::string_view, DecodedOpcode> opcodes_;
  std::vector<const DeviceFunction*> callees_;       // being inlined, outermost first
  std::vector<std::vector<std::uint32_t>> returns_;  // of each of them: its ret instructions
  std::vector<Operand> scratch_;
};

}  // namespace

Expected<Function> parse_body(const Module& module, const EntrySignature& entry) {
  return BodyParser(module).parse(entry);
}

}  // namespace vgpu::ptx
