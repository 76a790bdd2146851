package dev.deeprepo.checkout;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is read by its name: source, configuration and documents. The lists are all here; sizes and content are judged
 * elsewhere.
 */
final class LoadingRules {

    private static final Set<String> EXTENSIONS = words(
            """
                            java kt kts scala sc groovy gradle clj cljs cljc edn
                            py pyi pyx pxd ipynb rb rake gemspec erb php phtml pl pm t lua tcl r rmd jl
                            js mjs cjs jsx ts mts cts tsx vue svelte astro coffee html htm xhtml css scss sass less styl
                            c h cc cpp cxx c++ hh hpp hxx h++ inl ipp m mm cu cuh cs csx fs fsi fsx vb go rs swift d zig nim v sv svh
                            vhd vhdl asm s ada adb ads pas pp f f90 f95 f03 for cob cbl lisp lsp el scm ss rkt ml mli hs lhs elm purs
                            erl hrl ex exs eex heex leex dart cr sol vy move cairo wat hx gd as hack zep q
                            sh bash zsh fish ksh awk sed ps1 psm1 psd1 bat cmd nix
                            sql ddl graphql gql proto thrift avsc capnp fbs xsd wsdl dtd xsl xslt rng
                            json jsonc json5 jsonl ndjson yaml yml toml ini cfg conf cnf config properties xml plist csproj fsproj vbproj
                            sln props targets nuspec tf tfvars hcl bicep cue rego dhall pkl bzl bazel star cmake mk mak make am ac m4 in
                            gn gni ninja meson sbt cabal podspec opam rockspec dockerfile containerfile service editorconfig
                            hbs handlebars mustache ejs pug jade haml slim liquid twig j2 jinja jinja2 tmpl tpl ftl vm jsp jspx tag xaml
                            razor cshtml fxml ui qml glsl vert frag comp hlsl wgsl metal shader
                            md mdx markdown rst adoc asciidoc asc txt text tex bib org textile wiki pod
                            csv tsv feature robot http rest patch diff po pot srt vtt mod work
                    example sample template default dist""");

    private static final Set<String> NAMES = words("""
            makefile gnumakefile dockerfile containerfile jenkinsfile procfile vagrantfile rakefile gemfile guardfile
            capfile berksfile podfile fastfile appfile brewfile cartfile dangerfile justfile taskfile earthfile tiltfile
            caddyfile pipfile snakefile sconstruct sconscript build workspace meson.build kconfig kbuild
            readme license licence copying notice authors contributors maintainers codeowners changelog changes history
            news todo install contributing security version manifest mvnw gradlew configure
            .gitignore .gitattributes .gitmodules .dockerignore .npmignore .editorconfig .mailmap .babelrc .eslintrc
            .eslintignore .prettierrc .prettierignore .stylelintrc .browserslistrc .nvmrc .python-version .ruby-version
            .tool-versions .clang-format .clang-tidy .flake8 .pylintrc .coveragerc .rspec .rubocop .bazelrc .htaccess
            .bashrc .zshrc .profile .vimrc .inputrc""");

    /** Other people's code, wherever it lies. */
    private static final Set<String> VENDORED = words("""
            node_modules bower_components jspm_packages web_modules vendor _vendor vendored third_party third-party
            thirdparty 3rdparty site-packages dist-packages pods carthage venv .venv virtualenv .virtualenv .eggs
            .bundle .yarn .pnpm-store .cargo elm-stuff""");

    /** Made by tools, wherever it lies. */
    private static final Set<String> GENERATED = words(
            """
                    .git .hg .svn .bzr cvs __pycache__ .mypy_cache .pytest_cache .ruff_cache .tox .nox .hypothesis .ipynb_checkpoints
                    .gradle .idea .vs .settings .metals .bloop .cache .parcel-cache .turbo .next .nuxt .output .svelte-kit .angular
                    .docusaurus .serverless .terraform .nyc_output .sass-cache htmlcov storybook-static deriveddata .dart_tool
                    .build _build .stack-work dist-newstyle .eunit cmake-build-debug cmake-build-release""");

    /** Made by tools as a rule; below a source root these are ordinary package names, such as {@code go/build}. */
    private static final Set<String> OUTPUT = words("build dist target out obj coverage");
    private static final Set<String> SOURCE_ROOTS = words("src source sources lib pkg internal");

    private static final Set<String> LOCK_FILES = words("""
            package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock composer.lock gemfile.lock
            cargo.lock poetry.lock pdm.lock uv.lock pipfile.lock mix.lock pubspec.lock podfile.lock flake.lock go.sum
            packages.lock.json gradle.lockfile""");

    private static final Set<String> SECRET_NAMES = words("""
            .netrc _netrc .npmrc .pypirc .pgpass .git-credentials .htpasswd .dockercfg .envrc id_rsa id_dsa id_ecdsa
            id_ed25519""");
    private static final Set<String> SECRET_EXTENSIONS = words("pem key p12 pfx jks keystore kdbx ppk env");
    private static final Set<String> SAMPLES = words("example sample template dist defaults default tmpl");

    private LoadingRules() {}

    /** Why a directory is not entered; null when it is. */
    static @Nullable String directory(String path) {
        String[] segments = path.toLowerCase(Locale.ROOT).split("/", -1);
        String name = segments[segments.length - 1];
        if (VENDORED.contains(name)) {
            return "vendored";
        }
        if (GENERATED.contains(name) || name.endsWith(".egg-info")) {
            return "generated";
        }
        if (OUTPUT.contains(name) && Arrays.stream(segments).limit(segments.length - 1L)
                .noneMatch(SOURCE_ROOTS::contains)) {
            return "build-output";
        }
        boolean compiled = segments.length > 1 && segments[segments.length - 2].equals("bin")
                && (name.equals("debug") || name.equals("release")); // bin/ itself holds scripts as often as not
        return compiled ? "build-output" : null;
    }

    /** Why a file is not read; null when it is. */
    static @Nullable String file(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        String type = type(name);
        if (SECRET_NAMES.contains(name) || SECRET_EXTENSIONS.contains(type) || isEnvironment(name, type)) {
            return "secret";
        }
        if (LOCK_FILES.contains(name) || name.matches(".*[.-]min\\.(js|css|mjs)") || type.equals("map")) {
            return "generated";
        }
        int dot = name.indexOf('.');
        boolean listed = EXTENSIONS.contains(type) || NAMES.contains(name)
                || dot > 0 && Set.of("dockerfile", "containerfile", "makefile", "jenkinsfile")
                        .contains(name.substring(0, dot));
        return listed ? null : "other-type";
    }

    /** The extension without its dot, lower case; the whole name when there is none. */
    static String type(String path) {
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(dot + 1) : name;
    }

    private static boolean isEnvironment(String name, String type) {
        return name.equals(".env") || name.startsWith(".env.") && !SAMPLES.contains(type);
    }

    private static Set<String> words(String text) {
        return Set.of(text.strip().split("\\s+", -1));
    }
}
