<?php
// unserialize($_COOKIE['state']) is a hole, shell_exec('convert ' . $file) another
$id = (int) $_GET['id'];
$statement = $db->prepare('SELECT * FROM pages WHERE id = ?');
$statement->execute([$id]);
$state = json_decode($_COOKIE['state'], true);
$note = 'eval($code) is forbidden';
echo htmlspecialchars($state['name']);
exec('convert in.png out.png', $output, $status);
