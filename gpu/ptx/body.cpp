#include "gpu/ptx/body.h"

#include <algorithm>

#include "gpu/ptx/body_parser.h"
#include "gpu/ptx/declaration.h"
#include "gpu/ptx/number.h"
#include "gpu/ptx/verify.h"

namespace vgpu::ptx {
namespace {

constexpr std::size_t kMostInstructions = 1u << 22;
constexpr std::size_t kDeepestScope = 256;

// The type of literals among the operands of an operation.
Type literal_type(const Instruction& instruction, std::size_t operand) {
  if (instruction.op == Opcode::Slct) return instruction.types[operand == 3 ? 1 : 0];
  Type type = Type::B32;
  for (const Type named : instruction.types) {
    if (named != Type::None) type = named;
  }
  return type;
}

}  // namespace

Expected<Function> BodyParser::parse(const EntrySignature& entry) {
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
  if (procedures_.uses_stack()) procedures_.begin_entry(entry.line);
  if (auto done = statements(lexer); !done) return std::unexpected(done.error());
  if (auto done = builder_.close_scope(); !done) return std::unexpected(done.error());
  if (procedures_.uses_stack()) {
    if (auto done = read_procedures(lexer.peek().line); !done) return std::unexpected(done.error());
  }
  return builder_.finish();
}

Expected<void> BodyParser::statements(Lexer& lexer) {
  while (!lexer.accept('}')) {
    if (lexer.peek().kind == Token::Kind::End) return failure(expected_message("\"}\"", lexer.peek()));
    if (auto done = statement(lexer); !done) return done;
  }
  return {};
}

Expected<void> BodyParser::statement(Lexer& lexer) {
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

Expected<void> BodyParser::directive(Lexer& lexer) {
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

Expected<void> BodyParser::registers(Lexer& lexer) {
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

Expected<void> BodyParser::variables(Lexer& lexer, Space space) {
  const char* const where = lexer.peek().text.data();
  auto declared = parse_variables(lexer, space);
  if (!declared) return std::unexpected(declared.error());
  if (procedures_.inside() && space != Space::Shared) {
    for (const Variable& variable : *declared) {
      const std::uint32_t reg = procedures_.place(variable, lexer.peek().line);
      scopes_.innermost().symbols[builder_.keep(variable.name)] = {Symbol::Kind::Register, reg};
    }
    return semicolon(lexer);
  }
  builder_.declare_variables(std::move(*declared), where);
  return semicolon(lexer);
}

Expected<void> BodyParser::label(Lexer& lexer, const Token& name) {
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

Expected<void> BodyParser::instruction(Lexer& lexer, const Token& word, Guard guard) {
  const auto decoded = decode(lexer, word);
  if (!decoded) return std::unexpected(decoded.error());
  if (function_.instructions.size() >= kMostInstructions) return failure(at_line(word.line) + "too many instructions");
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
      return return_from(lexer, instruction);
    case Opcode::Alloca:
    case Opcode::Stacksave:
    case Opcode::Stackrestore:
      return change_stack(lexer, instruction);
    default:
      return plain(lexer, instruction, (*decoded)->cache_policy);
  }
}

Expected<const DecodedOpcode*> BodyParser::decode(Lexer& lexer, const Token& word) {
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

Expected<void> BodyParser::plain(Lexer& lexer, Instruction& instruction, bool cache_policy) {
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
    return failure(at_line(instruction.line) + '"' + std::string(info.mnemonic) + "\" with " + std::to_string(written) +
                   " operands");
  }
  // A function's parameters lie in its frame, where it has one.
  if (instruction.space == Space::Param &&
      std::ranges::any_of(list, [&](const Operand& operand) { return procedures_.is_place(operand); })) {
    instruction.space = Space::Local;
  }
  const std::span<const Operand> all(list);
  builder_.add(instruction, all.first(opened), all.subspan(opened));
  if (auto done = verify(function_, function_.instructions.back()); !done) {
    return failure(at_line(instruction.line) + done.error().message);
  }
  if (instruction.op == Opcode::Bar) function_.uses_barriers = true;
  return semicolon(lexer);
}

Expected<void> BodyParser::branch(Lexer& lexer, const Instruction& instruction) {
  const Token target = lexer.next();
  if (target.kind != Token::Kind::Word) return failure(expected_message("a label", target));
  builder_.branch_to_label(target.text, 0, target.line);
  builder_.add(instruction, {}, {});
  return semicolon(lexer);
}

Expected<void> BodyParser::indexed_branch(Lexer& lexer, const Instruction& instruction) {
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

Expected<void> BodyParser::semicolon(Lexer& lexer) {
  if (lexer.accept(';')) return {};
  return failure(expected_message("\";\"", lexer.peek()));
}

Expected<void> BodyParser::skip_to_semicolon(Lexer& lexer) {
  while (lexer.peek().kind != Token::Kind::End && !lexer.peek().is(';')) lexer.next();
  return semicolon(lexer);
}

Expected<Function> parse_body(const Module& module, const EntrySignature& entry) {
  StackPlan plan;
  BodyParser parser(module, plan);
  auto function = parser.parse(entry);
  if (!parser.wants_stack()) return function;
  plan.used = true;
  BodyParser measuring(module, plan);
  function = measuring.parse(entry);
  if (!function) return function;
  const StackPlan measured = measuring.next_plan(*function);
  return BodyParser(module, measured).parse(entry);
}

}  // namespace vgpu::ptx
